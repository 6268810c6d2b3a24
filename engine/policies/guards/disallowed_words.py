"""What answers about law, health and money must not promise, and words that insult: patterns by topic for `wording`."""

from __future__ import annotations

TOPICS = {
    "legal": r"\blegally binding\b|\b(?:we|i) (?:accept|admit|acknowledge) (?:full |any |all )?(?:liability|fault|guilt)\b|\byou (?:will|would) win (?:the|your) (?:case|lawsuit)\b"
    r"|\byou (?:have|are entitled to) a (?:legal )?claim\b|\bthis is legal advice\b|\brechtsverbindlich\b|\bwir (?:haften|übernehmen die haftung)\b|\bsie haben einen anspruch\b"
    r"|\bjuridiquement contraignant|\bnous acceptons (?:toute |la )?responsabilité\b|\bjurídicamente vinculante|\baceptamos la responsabilidad\b|\bgiuridicamente vincolante|\bjuridisch bindend|\bprawnie wiążąc",
    "medical": r"\byou (?:have|suffer from|are suffering from) (?:\w+ ){0,3}(?:cancer|diabetes|depression|covid|disease|infection|disorder)\b|\b(?:take|stop taking|increase|reduce) (?:your )?(?:\w+ ){0,3}(?:mg|milligrams?|tablets?|dose|dosage|medication)\b"
    r"|\byou do(?: not|n't) need (?:to see )?a doctor\b|\bmy diagnosis\b|\bnehmen sie (?:\S+ ){0,4}(?:mg|milligramm|tabletten?)\b|\bmeine diagnose\b|\bprenez (?:\S+ ){0,4}(?:mg|comprimés?)\b|\btome (?:\S+ ){0,4}(?:mg|pastillas?)\b|\bprenda (?:\S+ ){0,4}(?:mg|compresse)\b",
    "financial": r"\bguaranteed? (?:\S+ ){0,3}(?:returns?|profits?|yields?|interest)\b|\brisk[- ]free (?:investment|return|profit)|\b(?:you should|i recommend (?:you )?to|we recommend (?:you )?to) (?:buy|sell|invest in)\b|\byour money will (?:double|grow)\b"
    r"|\b(?:will|is going to) (?:double|triple) (?:in value|your money)\b|\bgarantierte\w? (?:rendite|gewinn|zins)|\brisikolose? (?:anlage|rendite)|\brendement garanti\b|\brentabilidad garantizada\b|\brendimento garantito\b|\bgegarandeerd rendement\b|\bgwarantowan\w+ zysk",
    "promises": r"\bwe (?:guarantee|promise|commit to)\b|\b(?:guaranteed|promised) (?:delivery|refund)\b|\bfull refund\b|\bwe will (?:refund|compensate|pay you)\b|\bfree of charge\b|\bwir (?:garantieren|versprechen|sichern ihnen zu)\b|\bwir erstatten\b"
    r"|\bnous (?:garantissons|promettons)\b|\bremboursement intégral\b|\b(?:le|les) garantizamos\b|\breembolso (?:completo|total)\b|\bgarantiamo\b|\brimborso (?:completo|totale)\b|\bwij garanderen\b|\bgwarantujemy\b",
    "insults": r"\b(?:idiots?|morons?|stupid|dumb|liar|imbecile|arschloch|dummkopf|idiot\w*|blöd\w*|connard|imbécile|estúpid[oa]|gilipollas|stupid[oaie]|cretino|sukkel|głup\w+)\b",
}
