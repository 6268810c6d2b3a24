"""What code tells of a document before a model sees it."""

from __future__ import annotations

import pytest

from connectors.llm.documents import facts, language_of, quality_of


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Please find the invoice for the cleaning of your office."),
        ("de", "Bitte überweisen Sie den Betrag auf das Konto, das wir Ihnen genannt haben."),
        ("fr", "Merci de régler la facture dans les trente jours."),
        ("es", "Por favor, envíe el pago de la factura a la cuenta del banco."),
        ("it", "Si prega di pagare la fattura con il numero che è nel documento."),
        ("nl", "Graag ontvangen wij de betaling van deze rekening op het nummer."),
        ("pt", "Obrigado por pagar a fatura até o fim do mês."),
        ("ru", "Просим оплатить счёт до конца месяца."),
        ("ja", "請求書のお支払いをお願いします。"),
        ("", "A-118 2310.50 EUR"),
        ("", ""),
    ],
)
def test_the_language_is_the_one_that_most_little_words_speak_for(language: str, text: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "Polar Cleaning GmbH, Invoice A-118, 2026-03-01: total 2.310,50 EUR (net). Mail: office@polar.example",
        "Größe, Naïveté & Co. cost 12% more",
        "Просим оплатить счёт",
    ],
)
def test_readable_text_has_a_quality_near_one(text: str) -> None:
    assert quality_of(text) >= 0.9


MISREAD = ["lnv0!ce ~~ t0ta1 |I| @@#q~ 4m0u|\\/t", "\ufffd\ufffd\ufffd r\ufffd\ufffdk", "bcdfg qwrtp zxcvb"]


@pytest.mark.parametrize("text", MISREAD)
def test_what_a_scanner_misread_has_a_low_quality(text: str) -> None:
    assert quality_of(text) <= 0.4


def test_an_empty_document_has_no_quality_and_an_object_is_looked_at_as_text() -> None:
    assert facts(None) == {"characters": 0, "language": "", "quality": 0.0}
    assert facts({"total": 12})["characters"] > 5
