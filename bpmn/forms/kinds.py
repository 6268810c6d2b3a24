"""What form-js takes for an email address and for a phone number."""

from __future__ import annotations

import re

# The production of the HTML standard for <input type=email>.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*")

# Calling codes. form-js wants one of the first, then one of the second, then 4 to 20 digits, at the end of the text.
_FIRST = """
1 1242 1246 1264 1268 1284 1340 1345 1441 1473 1649 1664 1670 1671 1684 1721 1758 1767 1784 1787 1809 1829 1849 1868
1869 1876 1939 20 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 237 238 239
240 241 242 243 244 245 246 248 249 250 251 252 253 254 255 256 257 258 260 261 262 263 264 265 266 267 268 269 27 291
297 298 299 30 31 32 33 34 350 351 352 353 354 355 356 357 358 359 36 370 371 372 373 374 375 376 377 378 379 380 381
382 383 385 386 387 389 39 3906698 40 41 420 421 423 43 44 45 46 47 4779 48 49 500 501 502 503 504 505 506 507 508 509
51 52 53 54 55 56 57 58 590 591 592 593 594 595 596 597 598 5999 60 61 62 63 64 65 66 670 672 673 674 675 676 677 678
679 680 681 682 683 685 686 687 688 689 690 691 692 7 76 77 81 82 84 850 852 853 855 856 86 880 886 90 91 92 93 94 95
960 961 962 963 964 965 966 967 968 970 971 972 973 974 975 976 977 98 992 993 994 995 996 998
""".split()
_SECOND_OF_ONE_DIGIT = "17"
_SECOND_OF_TWO_DIGITS = """
20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92
93 94 95 98
""".split()
_SECOND_OF_THREE_DIGITS = "21 22 23 24 25 26 28 29 35 37 38 42 50 59 67 68 69 80 83 85 87 88 89 96 97 99".split()
_SECOND = [*_SECOND_OF_ONE_DIGIT, *_SECOND_OF_TWO_DIGITS, *(f"{start}[0-9]" for start in _SECOND_OF_THREE_DIGITS)]
_PHONE = re.compile(rf"(?:\+|00)(?:{'|'.join(_FIRST)})(?:{'|'.join(_SECOND)})[0-9]{{4,20}}\Z")
_MOST_EMAIL = 400
_MOST_PHONE = 100


def is_email(text: str) -> bool:
    """Whether a text is an email address as browsers have it. Longer ones than mail systems take are none."""
    return len(text) <= _MOST_EMAIL and _EMAIL.fullmatch(text) is not None


def is_phone(text: str) -> bool:
    """Whether a text ends in an international phone number."""
    return len(text) <= _MOST_PHONE and _PHONE.search(text) is not None
