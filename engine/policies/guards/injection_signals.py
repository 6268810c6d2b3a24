"""The signs of an injection: words with which a text turns from its reader to the model that processes it.

Each sign has a weight, the evidence that it is by itself. It begins with one of its words; what follows is a pattern
that is looked at in those places only. All texts are in small letters without accents (`hidden.plain`). Languages:
English, German, French, Spanish, Italian, Dutch, Polish, Chinese.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

_BEGINNING = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class Signal:
    """`weight` is between 0 and 1. `words` are separated by |; `then` must match right behind one of them."""

    name: str
    weight: float
    words: str
    then: str = ""
    #: Words right before which it is no sign: who tells what others do gives no order.
    not_after: str = ""

    @cached_property
    def starts(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each of the words, and what words of the text must begin with for it."""
        return tuple((word, tuple(_BEGINNING.findall(word))) for word in self.words.split("|"))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.then)

    @cached_property
    def stories(self) -> tuple[str, ...]:
        return tuple(f"{word} " for word in self.not_after.split("|") if word)


_ORDERS = (
    r"(?:instruct|istruzion|instruccion|instrukcj|instruktion|prompt|rules|guideline|guidance|directive|directions|restriction"
    r"|polic(?:y|ies)|programming|safety|content filter|anweisung|systemanweisung|vorgaben|regeln|richtlinien|befehle|consignes|regles"
    r"|reglas|indicaciones|indicazioni|normas|regole|instructies|regels|richtlijnen|zasad|regul|polecen|指令|规则|指示|提示词|限制)"
)
_EARLIER = (
    r"(?:previous|prior|above|earlier|preceding|former|initial|original|existing|all|any|your|these|those|every|system|so far"
    r"|vorherig|vorig|bisherig|obig|alle|samtlich|dein|ihre|precedent|ci-dessus|toutes|tes|vos|jusqu|anterior|previas|todas|tus"
    r"|tutte|tue|bovenstaande|eerdere|je|poprzedni|wszystk|swo|powyzsz|之前|以上|所有|你的|上面|先前)"
)
_BUSINESS = r"(?! (?:for|on|about|regarding|concerning) (?:the )?(?:delivery|shipping|shipment|payment|assembly|transport|invoic))"
_THEY = "shall|to|they|who|may|can|would|we|i|not|never|must|should|will|he|she|it"
_MODEL = (
    r"(?:ai|a\.i\.|llm|llms|gpt|chatgpt|(?:large )?language models?|(?:ai |virtual )?assistant|chatbot|bot|model"
    r"|automated \w+|ai \w+|agent)"
)
_SECRETS = (
    r"(?:system.?prompt|hidden prompt|(?:initial|original|system|secret|hidden) (?:instructions|prompt|messages?)|your (?:instructions|prompt|rules"
    r"|guidelines|configuration|context)|text above|context window|secret key|secrets\b|api.?keys?|credentials|environment variables"
    r"|passwords?\b|customer database|systemanweisung|kennwort|passwort|zugangsdaten|prompt (?:systeme|systemowy|del sistema|di sistema)"
    r"|cle secrete|mot de passe|consignes|contrasena|clave|chiave|systeemprompt|wachtwoord|sleutel|haslo|klucz|提示词|密码|密钥)"
)
_UNCHECKED = (
    r"(?:regardless|no matter|irrespective|whatever|without (?:any )?(?:review|check|validation|approval|asking)|highest (?:possible )?(?:score|rank)"
    r"|as (?:verified|safe|not fraudulent|approved)|egal was|ungeachtet|ohne (?:jede )?prufung|quoi qu|sans verif|sin importar|sin revision"
    r"|a prescindere|senza controll|ongeacht|zonder controle|niezaleznie|无论|hochste|la plus haute|mas alta|massimo|hoogste|najwyz|最高)"
)
_ROLES = (
    r"(?:an? )?(?:\w+ )?(?:assistant|ai\b|bot\b|\w+bot\b|dan\b|linux|shell|terminal|admin|approver|unrestricted|evil|assistent|asistente|assistente|asystent"
    r"|administrat|助手|管理员|machine|in (?:maintenance|developer|god) mode)"
)

SIGNALS = (
    Signal(
        "override",
        0.55,
        "ignore|disregard|forget|override|bypass|set aside|overrule|do not follow|don't follow|stop following|neglect|lift|ignorier|vergiss"
        "|vergessen sie|missacht|ubergeh|oublie|ne tiens pas compte|ne tenez pas compte|ignora|ignori|ignorez|olvid|no hagas caso|dimentica"
        "|non considerare|negeer|vergeet|zignoruj|zapomnij|nie zwazaj|pomin|忽略|无视|忘记",
        rf".{{0,25}}?{_EARLIER}\w*[^.!?]{{0,25}}?{_ORDERS}\w*{_BUSINESS}",
        _THEY,
    ),
    Signal(
        "override of orders",
        0.3,
        "ignore|disregard|forget|override|bypass|overrule|circumvent|violate|missacht|oublie|olvida|dimentica|vergeet|negeer|zapomnij|volg",
        rf"[^.!?]{{0,25}}?{_ORDERS}",
        _THEY,
    ),
    Signal(
        "all that was said",
        0.55,
        "everything|all|whatever|anything|nothing|alles",
        r"[^.!?]{0,20}?(?:you (?:were|have been|are) (?:told|given|instructed|taught)|(?:you )?(?:learned|heard) before|above (?:matters|counts)"
        r"|(?:was )?dir (?:vorher|bisher)|you know)",
    ),
    Signal(
        "orders are void",
        0.3,
        "previous|prior|above|earlier|instructions|old|bisherigen|anterior|precedent",
        r"[^.!?]{{0,12}}?(?:instruct|rules|regeln|guideline|prompt)?[^.!?]{{0,20}}?(?:outdated|obsolete|void\b|cancel|a test\b|no longer (?:apply|valid)|nicht mehr)",
    ),
    Signal(
        "new orders",
        0.4,
        "new|real|actual|updated|begin|follow only|only follow|neue|nouvelles|nuevas|nuove|nieuwe|nowe|befolge",
        r" (?:new )?(?:instructions?|task|objective|goal|role|orders|directive|anweisung(?:en)?|instrucciones|istruzioni|instructies)(?: prioritaires)?\b[^.]{0,25}?(?: is\b|:| with )"
        r"|[^.]{0,15}?(?:what comes next|diesen text|this (?:text|letter|message))",
    ),
    Signal(
        "new objective",
        0.5,
        "your new|your real|your true|your actual",
        r" (?:task|objective|goal|purpose|role|mission|instructions|name)",
    ),
    Signal(
        "new role",
        0.5,
        "you are now|you are no longer|you are|act as|pretend to be|pretend you are|pretend that you are|roleplay as|role-play as|simulate|behave as|stay in character as"
        "|du bist jetzt|du bist|agis comme|tu es maintenant|eres|ahora eres|actua como|sei|agisci come|ben je|je bent|jestes|你现在是|你是",
        rf"[^.!?]{{0,15}}? {_ROLES}|{_ROLES}",
        "if|falls|si|se|als|jesli|如果",
    ),
    Signal(
        "from now on",
        0.3,
        "from now on|ab sofort|ab jetzt|a partir de maintenant|a partir de ahora|da ora in poi|vanaf nu|od teraz|从现在起",
        r"[^.!?]{0,10}?(?:you\b|du\b|handelst|tu\b|eres|actua|sei\b|agisci|ben je|jestes|你)",
    ),
    Signal(
        "no limits",
        0.35,
        "jailbreak|unrestricted|developer mode|no ethics|without rules|without any|without restrictions|has no restrictions|no limits|no restrictions"
        "|ohne regeln|ohne einschrankung|ohne beschrankung|sans restriction|sans aucune restriction|sans regle|sans limite|sin restricciones|sin limites|sin reglas"
        "|senza limiti|senza restrizioni|senza regole|zonder beperkingen|zonder regels|bez ograniczen|bez zasad|没有限制|没有任何限制",
        r"(?! (?:delay|damage|notice|charge|claim|obligation|further|other))",
    ),
    Signal(
        "a mode without limits", 0.5, "do anything now|god mode|jailbreak:|jailbreak mode|dan mode|no content policy"
    ),
    Signal(
        "your limits",
        0.4,
        "your restrictions|your limitations|your guidelines|your filters|your safety|limits placed upon you|your ethical|content policy",
    ),
    Signal(
        "to a model",
        0.45,
        "note|notes|message|attention|instruction|instructions|notice|hint|to|for|hinweis|nota|opmerking|uwaga|info",
        rf"(?: (?:to|for|an|pour|per|para|voor|dla))?(?: (?:the|any|all|an|die|das|la|l'|de|automated))* ?{_MODEL}"
        r"(?: (?:processing|reading|evaluating|reviewing|screening|handling|summari)\w*| system)?(?: this\b[^:.]{0,20})?\s?[:,]"
        r"|(?:e? (?:an die|pour l'|para la|per l'|voor de|dla) ?(?:ki|ia|ai|sprachmodell))",
    ),
    Signal(
        "if you are a model",
        0.5,
        "if you are|if you're|falls du|wenn du|si tu es|si eres|se sei|als je|jesli jestes|如果你是",
        r"[^.,]{0,10}?(?: an?| ein| eine| un| une| een)? ?(?:ai\b|ki\b|ia\b|llm|(?:large )?language model|assistant|chatbot|bot\b|model|sprachmodell|modele|modello|taalmodel|modelem|语言模型|人工智能)",
    ),
    Signal(
        "speaks to a model",
        0.4,
        "dear assistant|dear ai|dear model|dear chatbot|hey gpt|hey ai|hey assistant|as an ai|as a language model|ai agent:|ai assistant:|ai model:|ai recruiter|ai screening|llm instruction"
        "|to the chatbot|to the ai|to the assistant|to the model|for the model|for the llm|给ai的|automated reviewers",
    ),
    Signal(
        "a model must",
        0.4,
        "the assistant|the model|the ai|the llm|the agent|ai",
        r" (?:must|shall|should|will|has to|is to)\b(?: now)? (?:comply|call|approve|answer|ignore|obey|always|not|set|mark|output|follow)",
    ),
    Signal(
        "asks for what is hidden",
        0.5,
        "reveal|show|print|output|repeat|display|leak|dump|give me|tell me|write|put|send|encode|gib|zeig|nenne|verrate|affiche|montre|revele|donne|muestra|revela|imprime|dame|mostra|rivela|stampa|dammi"
        "|toon|geef|onthul|pokaz|ujawnij|wypisz|输出|显示|泄露|告诉我",
        rf"[^.!?]{{0,40}}?{_SECRETS}",
        f"{_THEY}|please find",
    ),
    Signal(
        "word for word",
        0.3,
        "word for word|verbatim|wort fur wort|wortlich|mot pour mot|palabra por palabra|parola per parola|woord voor woord|slowo w slowo|逐字",
    ),
    Signal(
        "asks what it was told",
        0.5,
        "what were you told|what are your instructions|what is your system|what were your|repeat the text above|repeat the words above|repeat everything above|output everything",
    ),
    Signal(
        "system prompt",
        0.25,
        "system prompt|system-prompt|systemprompt|prompt systeme|prompt del sistema|prompt di sistema|systeemprompt|prompt systemowy|系统提示|system message",
    ),
    Signal(
        "markup of chats",
        0.55,
        "[inst]|[/inst]|<<sys>>|</document|<document|### system|### instruction|<system>|</system>",
    ),
    Signal("markup of turns", 0.55, "<", r"\|(?:im_|system|endof|user|assistant|start_)"),
    Signal("a forged turn", 0.55, '"role"', r"\s?:\s?\"(?:system|assistant|tool)"),
    Signal("a forged dialogue", 0.5, "assistant:|ai:", r".{1,200}?(?:user|human):"),
    Signal(
        "a forged system message",
        0.35,
        "system:|system message:|override:|admin:|priority:",
        r" ?(?:the user|you|ignore|override|new|admin|disable|from|release|all)",
    ),
    Signal(
        "markup of tools", 0.55, '<tool_call|<function|"tool_calls"|"function_call"|<invoke|tool result:|tool output:'
    ),
    Signal(
        "calls a tool",
        0.5,
        "call|invoke|execute|run|trigger|use|using",
        r" (?:the )?(?:tool|function|api|method) (?!that|with which|belt|box|kit|from)\w+|[^.!?]{0,12}? [a-z]{2,20}_[a-z_]{2,30}\b|[^.!?]{0,12}? refund with|[^.!?]{0,20}? \w+_\w+ tool",
        "shall|they|who|may|can|would|we|i|not|never",
    ),
    Signal(
        "calls a tool by name",
        0.5,
        "rufe das werkzeug|rufe die funktion|rufe das tool|ruf das werkzeug|appelle l'outil|appelez l'outil|appelle la fonction|llama a la herramienta|llame a la herramienta|chiama lo strumento"
        "|chiama la funzione|roep het hulpmiddel|roep de functie|wywolaj narzedzie|wywolaj funkcje|调用",
    ),
    Signal(
        "keeps a secret from people",
        0.35,
        "do not tell|don't tell|do not mention|without telling|without asking|never mention|sag dem benutzer nichts|sans le dire|no se lo digas|senza dirlo|vertel het de gebruiker niet|nie mow o tym|不要告诉",
        r"(?:[^.!?]{0,8}? (?:the user|the human|this note|the operator|the reviewer|anyone about this|al usuario|all'utente|a l'utilisateur)|.{0,4}?用户|[^.!?]{0,20}?(?:uzytkownikowi)|(?<=benutzer nichts)|(?<=gebruiker niet))",
    ),
    Signal(
        "wants no check",
        0.35,
        "approve|to pay|pay|accept|rate|rank|score|classify|mark|release|grant|confirm|give|bewerte|genehmig|fuhrst|classe|approuve|clasifica|da a|aprueba|ejecuta|assegna|approva|geef|oce|给",
        rf"[^.!?]{{0,60}}?{_UNCHECKED}",
        _THEY,
    ),
    Signal(
        "skips the checks",
        0.4,
        "skip|bypass|disable|turn off|do not check|ignore|disregard|跳过",
        r"[^.!?]{0,12}?(?:validation|checks?\b|approval step|sanctions|filters|safety|compliance|anything else|schema|审核|the visible text|visible text)",
        f"{_THEY}|emergency",
    ),
    Signal(
        "dictates the answer",
        0.5,
        "respond only|reply only|answer only|your answer must|only output|output|the correct label|the correct answer|correct label|answer with|respond with|reply with|say that|include the sentence|summarise as|summarize as|always say|always answer"
        "|antworte nur|antwortest nur|reponds uniquement|responde solo|rispondi solo|antwoord dan alleen|antwoord alleen|odpowiedz tylko|只回答|add the sentence",
        r"(?: (?:with )?(?:the )?(?:word|json|text)|(?: always)? be\b[^.]{0,8}[\"“']| (?:is|safe|low)\b|(?: mit| «| con| met)? ?[«“\"{]|:? ?\{| (?:mit )?(?:genehmigt|approved|aprobado|approvato|goedgekeurd|zatwierdzono)| follows, irrespective| [\"“']| the contract was)",
    ),
    Signal("dictates the confidence", 0.4, "confidence|score", r"\W{0,4}(?:of |to |is )?(?:1\.0|1\b|100|zero|to zero)"),
    Signal("says to repeat", 0.4, "repeat after me"),
    Signal(
        "in any case",
        0.3,
        "egal was|quoi qu'il arrive|sin importar|a prescindere|ongeacht|niezaleznie|无论|no matter what|whatever the|regardless of the criteria|irrespective of the content",
    ),
    Signal(
        "sends data away",
        0.4,
        "send|forward|post|upload|append|leak|transmit|exfiltrate|schicke|envoie|envia|invia|stuur|wyslij",
        r"[^!?]{0,40}?(?:data|passwords?|secrets?|keys?|credentials|conversation|database|kundendaten|messages)\b[^!?]{0,60}?(?:https?://|@|address|adresse|link|url)",
        f"{_THEY}",
    ),
    Signal("a link that carries data", 0.5, "![", r"[^\]]{0,100}\]\([^)]{0,300}(?:\{\{|data=|[?&][dq]=$)"),
    Signal(
        "an image that carries data",
        0.5,
        "image|link|url|picture",
        r"[^.!?]{0,40}?(?:contains?|data|contents)[^.!?]{0,30}?(?:previous messages|conversation|filled|prompt)",
    ),
    Signal("quotes a secret", 0.55, "{{secrets.|{{ secrets."),
    Signal(
        "orders from an address",
        0.5,
        "fetch|visit|open|go to|load|read",
        r" https?://.{0,60}?(?:follow|execute|instructions|steps|obey)",
    ),
    Signal("a shell", 0.35, "cat /etc|rm -rf|curl http|wget http|os.system|subprocess|/etc/passwd|import os"),
    Signal(
        "claims to be its master",
        0.45,
        "i am your|we, the operators|i'm your|as the developer of this|i am the developer of",
        r"(?: (?:creator|developer|owner|admin|operator|programmer)| of (?:this|the) (?:model|system)| ?system|)",
    ),
    Signal(
        "claims a priority",
        0.35,
        "higher priority|highest priority|top priority|hochster prioritat|prioritaires|comply with messages|priorytet|required to comply|trusted and comes from|lift all limits",
    ),
    Signal(
        "says that it was changed", 0.5, "you have been", r" (?:reprogrammed|hacked|jailbroken|updated|reset|freed)"
    ),
    Signal(
        "an end that is none",
        0.35,
        "end of document|end of text|end of file|end of prompt|end of input|ende des dokuments",
    ),
    Signal(
        "run together",
        0.6,
        "ignoreallprevious|ignoreprevious|ignoretheabove|disregardprevious|disregardall|systemprompt:|revealyour|ignoreyour|ignorealleprevious|youarenow",
    ),
)
