"""What protected attributes are called, and how they show in texts: tables for `protected`.

`fields` are names of fields, in small letters without accents, words divided by blanks. `texts` are patterns of free
text that give the attribute away; what they match is removed. `mentions` are words of a rationale that rests on it.
Languages: English, German, French, Spanish, Italian, Dutch, Polish; field names in Chinese too. Pronouns are removed in
English only: in the other languages the same words mean other things. Attributes: EU Charter, article 21; GDPR, article 9.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute. All of it is regular expressions but for `fields` and `needs`.

    `needs` are pieces of words, in small letters, without one of which none of `texts` can match: looking for them first
    saves the time of the patterns.
    """

    fields: str
    texts: tuple[str, ...] = ()
    mentions: str = ""
    proxies: str = ""
    needs: str = ""


_DAY = r"(?:\d{4}-\d{2}-\d{2}|\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2,4}|\d{1,2}\.? [^\W\d_]{3,12}\.? \d{4}|[^\W\d_]{3,12} \d{1,2}, \d{4})"
_COUNTRIES = (
    "german|french|italian|spanish|polish|dutch|turkish|syrian|ukrainian|russian|romanian|indian|chinese|american|british|austrian"
    "|swiss|greek|portuguese|moroccan|afghan|nigerian|vietnamese|iraqi|iranian|pakistani|brazilian|mexican"
)

ATTRIBUTES = {
    "age": Attribute(
        "date of birth|birth date|birthdate|birthday|dob|born|age|year of birth|geburtsdatum|geburtstag|geboren|alter|date de naissance"
        "|age du candidat|fecha de nacimiento|edad|data di nascita|eta|geboortedatum|leeftijd|data urodzenia|wiek|出生日期|年龄",
        (
            rf"\b(?:born|geboren|né|née|nacid[oa]|nat[oa]|urodzon[ya])(?: (?:on|am|in|le|el|il|op|dnia|im))?:? {_DAY}",
            r"\b(?:born|geboren|né|née|nacid[oa]|nat[oa])(?: (?:in|en|nel))? (?:19|20)\d{2}\b",
            r"\b\d{2}[- ]years?[- ]old\b|\baged? \d{2}\b|\b\d{2} Jahre alt\b|\bâgée? de \d{2} ans\b|\b\d{2} años de edad\b|\b\d{2} jaar oud\b",
        ),
        r"\bage[ds]?\b|\btoo (?:old|young)\b|\byoung(?:er)?\b|\bolder\b|\belderly\b|\bageing\b|\bsenior citizen|\balter\b|\bzu (?:alt|jung)\b"
        r"|\bjung(?:er?|es)? (?:team|kandidat|bewerber)|\btrop (?:âgée?|jeune)\b|\bdemasiado (?:joven|mayor)\b|\btroppo (?:giovane|vecchi)|\byears? old\b",
        r"\bclose to retirement\b|\bretire(?:ment)? soon\b|\bdigital natives?\b|\bgraduated in (?:19|20)\d{2}\b|\brecent graduates? only\b|\brentennah",
        needs="born|geboren|né|nacid|nat|urodzon|year|aged|age |jahre alt|ans|años|jaar oud",
    ),
    "gender": Attribute(
        "gender|sex|salutation|title|pronouns|geschlecht|anrede|sexe|civilite|sexo|tratamiento|genero|sesso|genere|geslacht|aanhef|plec|性别",
        (
            r"\b(?:Mr|Mrs|Ms|Miss|Mx|Herrn?|Frau|Monsieur|Madame|Mme|Mlle|Señora?|Sra|Signora?|Sig\.ra|Mevrouw|Meneer|Dhr|Mevr|Pani|Panie)\b\.?(?=\s)",
            r"\b(?:fe)?male\b|\b(?:wo)?m[ae]n\b|\bmännlich\b|\bweiblich\b|\b(?:she|he|her|him|his|hers|herself|himself)\b(?:/\w{2,4}\b)*",
        ),
        r"\bgender\b|\b(?:fe)?males?\b|\b(?:wo)?m[ae]n\b|\bsex\b|\bgeschlecht\b|\bmännlich|\bweiblich|\bfrau(?:en)?\b|\bfemmes?\b|\bmujer|\bdonn[ae]\b"
        r"|\bas a (?:mother|father|girl|boy|lady|guy)\b",
        r"\bmaiden name\b|\bgirls'? school\b|\bmaternity\b|\bparental leave\b|\bmother(?:hood)?\b|\bElternzeit\b|\bMutterschutz\b",
    ),
    "nationality": Attribute(
        "nationality|citizenship|country of birth|place of birth|birthplace|nationalitat|staatsangehorigkeit|staatsburgerschaft|geburtsort|nationalite"
        "|lieu de naissance|nacionalidad|lugar de nacimiento|nazionalita|cittadinanza|luogo di nascita|nationaliteit|geboorteplaats|narodowosc|obywatelstwo|国籍",
        (
            rf"(?i:\b(?:{_COUNTRIES}) (?:citizen|national|passport|nationality)s?\b)",
            r"\b(?:citizen|national|native) of [A-Z]\w+(?: [A-Z]\w+)?",
        ),
        rf"\bnationalit|\bcitizenship\b|\bforeign(?:er|ers)?\b|\bimmigrant|\bmigrant|\bstaatsangehörig|\bausländer|\bétranger|\bextranjer|\bstranier|\b(?:{_COUNTRIES}) (?:\w+ )?(?:citizen|national|origin|background)",
        r"\bnative speakers?\b|\bmother tongue\b|\bforeign[- ]sounding\b|\baccent\b|\bMuttersprachler|\bwork permit\b",
        needs="citizen|national|passport|native of",
    ),
    "ethnicity": Attribute(
        "ethnicity|ethnic origin|race|skin colour|skin color|ethnie|herkunft|hautfarbe|origine ethnique|etnia|raza|razza|etniciteit|pochodzenie|民族",
        (
            r"\bethnic(?:ity| origin)?: ?\w+",
            r"\b(?:Black|White|Asian|Hispanic|Latino|Latina|Roma) (?:candidate|applicant|person|man|woman)\b",
        ),
        r"\bethnic|\brace\b|\bracial|\bskin colou?r\b|\bhautfarbe\b|\bherkunft\b|\borigine ethnique\b|\braza\b|\betni",
        r"\b(?:name|surname) (?:sounds?|suggests?)\b|\bneighbou?rhood\b",
        needs="ethnic|black|white|asian|hispanic|latin|roma",
    ),
    "religion": Attribute(
        "religion|faith|denomination|religious affiliation|konfession|glaube|religious beliefs|confession|religione|godsdienst|wyznanie|宗教",
        (
            r"\b(?:practi[cs]ing |devout )?(?:Christian|Catholic|Protestant|Muslim|Jewish|Hindu|Buddhist|Sikh|Atheist)s?\b(?! (?:Dior|Louboutin|Democratic))",
        ),
        r"\breligi|\bfaith\b|\bmuslim|\bchristian\b|\bcatholic|\bprotestant|\bjewish\b|\bhindu|\bbuddhist|\batheis|\bkonfession|\bglaube",
        r"\bheadscar(?:f|ves)\b|\bkippa|\bkopftuch\b|\bprayer (?:times?|breaks?)\b|\bsabbath\b|\bramadan\b|\bchurch tax\b",
        needs="christ|cathol|protest|muslim|jew|hindu|buddh|sikh|atheis",
    ),
    "marital status": Attribute(
        "marital status|family status|civil status|spouse|children|number of children|familienstand|kinder|etat civil|situation familiale|enfants|estado civil|hijos"
        "|stato civile|figli|burgerlijke staat|kinderen|stan cywilny|dzieci|婚姻状况",
        (
            r"\b(?:married|divorced|widowed|unmarried|verheiratet|ledig|geschieden|verwitwet|mariée?|célibataire|divorcée?|casad[oa]|solter[oa]|divorciad[oa]|sposat[oa]|nubile|celibe"
            r"|gehuwd|getrouwd|ongehuwd|żonaty|zamężna)\b",
            r"\b(?:single (?:mother|father|parent)|(?:mother|father) of (?:\w+)|(?:no|one|two|three|four|\d) (?:small |young )?(?:children|kids|Kinder|enfants|hijos|figli|kinderen))\b",
        ),
        r"\bmarried\b|\bmarital\b|\bdivorced\b|\bsingle (?:mother|parent|father)|\bverheiratet|\bfamilienstand|\bspouse\b|\bchildren\b|\bkids\b|\bfamily (?:status|plans?|situation)",
        r"\bchildcare\b|\bfamily obligations\b|\bKinderbetreuung",
        needs="marri|divorc|widow|verheiratet|ledig|geschieden|verwitwet|mari|célib|casad|solter|sposat|nubile|celibe|gehuwd|trouwd|żonat|zamęż|single|mother of|father of|child|kids|kinder|enfants|hijos|figli",
    ),
    "disability": Attribute(
        "disability|degree of disability|health|health status|illness|medical condition|behinderung|schwerbehinderung|grad der behinderung|gesundheit|handicap|sante|discapacidad|salud"
        "|disabilita|salute|beperking|gezondheid|niepelnosprawnosc|残疾",
        (
            r"\b(?:severely )?disabled\b|\bschwerbehindert\w*|\bGdB\b:? ?\d{2,3}|\bwheelchair(?: user)?\b|\bRollstuhl\w*|\b(?:blind|deaf|epileptic|diabetic|autistic)\b|\bsuffers? from \w+",
            r"\b(?:en situation de handicap|con discapacidad|con disabilità)\b",
        ),
        r"\bdisab(?:led|ility)|\bbehinder|\bhandicap|\bhealth\b|\bill(?:ness)?\b|\bsick(?:ness)?\b|\bgesundheit|\bdiscapacidad|\bdisabilit",
        r"\bwheelchair|\bsick (?:days|leave)\b|\bgaps? (?:due to|because of)\b|\bphysically fit\b|\bbelastbar",
        needs="disab|behindert|gdb|wheelchair|rollstuhl|blind|deaf|epilep|diabet|autis|suffer|handicap|discapac",
    ),
    "pregnancy": Attribute(
        "pregnancy|pregnant|due date of birth|schwangerschaft|schwanger|grossesse|embarazo|gravidanza|zwangerschap|ciaza|怀孕",
        (
            r"\bpregnan(?:t|cy)\b|\bexpecting a (?:child|baby)\b|\bmaternity leave\b|\bschwanger\w*|\benceinte\b|\bembarazada\b|\bincinta\b|\bzwanger\w*|\bw ciąży\b",
        ),
        r"\bpregnan|\bmaternity\b|\bschwanger|\benceinte\b|\bembaraz|\bincinta\b|\bzwanger",
        r"\bfamily planning\b|\bmight have children\b|\bstart a family\b",
        needs="pregnan|expecting|maternity|schwanger|enceinte|embaraz|incinta|zwanger|ciąży",
    ),
    "union": Attribute(
        "union|trade union|union membership|works council|gewerkschaft|gewerkschaftszugehorigkeit|betriebsrat|syndicat|sindicato|sindacato|vakbond|zwiazek zawodowy|工会",
        (
            r"\b(?:trade[- ])?union (?:member|representative|steward|membership)s?\b|\bGewerkschafts\w+|\bBetriebsrat\w*|\bworks council\b|\bIG Metall\b|\bver\.di\b",
        ),
        r"\btrade[- ]union|\bunion (?:member|activ|represent|steward)|\bworks council\b|\bgewerkschaft|\bbetriebsrat|\bsyndica|\bsindica|\bvakbond",
        needs="union|gewerkschaft|betriebsrat|works council|ig metall|ver.di",
    ),
    "politics": Attribute(
        "political opinion|party|party membership|partei|parteimitgliedschaft|parti politique|partido politico|partito|partij|partia",
        (r"\bmember of the \w+(?: \w+)? [Pp]arty\b|\bParteimitglied\w*",),
        r"\bpolitical (?:views?|opinions?|party)|\bparty member|\bparteimitglied|\bleft-wing\b|\bright-wing\b",
        needs="party|parteimitglied",
    ),
    "orientation": Attribute(
        "sexual orientation|orientation|sexuelle orientierung|orientation sexuelle|orientacion sexual|orientamento sessuale",
        (r"\b(?:gay|lesbian|bisexual|homosexual|heterosexual|transgender|queer)\b",),
        r"\bsexual orientation\b|\b(?:gay|lesbian|bisexual|homosexual|transgender|queer)\b|\bsexuelle orientierung",
        needs="gay|lesbian|sexual|trans|queer",
    ),
    "photo": Attribute(
        "photo|photograph|picture|image|portrait|avatar|foto|lichtbild|bild|bewerbungsfoto|photographie|fotografia|zdjecie|照片",
        (r"data:image/[\w.+-]{1,20};base64,[A-Za-z0-9+/=\s]{1,1000000}", r"!\[[^\]]{0,200}\]\([^)\s]{1,2000}\)"),
        r"\bphoto(?:graph)?\b|\bappearance\b|\battractive\b|\blooks?\b(?= (?:good|young|old|tired|friendly))|\bbewerbungsfoto|\baussehen\b",
        needs="data:|![",
    ),
}
