"""Countries with capital and demonyms: as a speaker, each of the three stands for the government (metonymy)."""

from __future__ import annotations

_TABLE = """
Afghanistan|Kabul|Afghan
Albania|Tirana|Albanian
Algeria|Algiers|Algerian
Argentina|Buenos Aires|Argentine Argentinian
Armenia|Yerevan|Armenian
Australia|Canberra|Australian
Austria|Vienna|Austrian
Azerbaijan|Baku|Azerbaijani Azeri
Bangladesh|Dhaka|Bangladeshi
Belarus|Minsk|Belarusian
Belgium||Belgian
Bolivia|La Paz|Bolivian
Brazil|Brasilia|Brazilian
Britain|London|British
Bulgaria|Sofia|Bulgarian
Canada|Ottawa|Canadian
Chile|Santiago|Chilean
China|Beijing|Chinese
Colombia|Bogota|Colombian
Croatia|Zagreb|Croatian
Cuba|Havana|Cuban
Cyprus|Nicosia|Cypriot
Denmark|Copenhagen|Danish
Ecuador|Quito|Ecuadorian
Egypt|Cairo|Egyptian
Estonia|Tallinn|Estonian
Ethiopia|Addis Ababa|Ethiopian
Finland|Helsinki|Finnish
France|Paris|French
Georgia|Tbilisi|Georgian
Germany|Berlin|German
Ghana|Accra|Ghanaian
Greece|Athens|Greek
Hungary|Budapest|Hungarian
Iceland|Reykjavik|Icelandic
India|New Delhi|Indian
Indonesia|Jakarta|Indonesian
Iran|Tehran|Iranian
Iraq|Baghdad|Iraqi
Ireland|Dublin|Irish
Israel|Jerusalem|Israeli
Italy|Rome|Italian
Japan|Tokyo|Japanese
Jordan|Amman|Jordanian
Kazakhstan|Astana|Kazakh
Kenya|Nairobi|Kenyan
Kosovo|Pristina|Kosovan
Latvia|Riga|Latvian
Lebanon|Beirut|Lebanese
Libya|Tripoli|Libyan
Lithuania|Vilnius|Lithuanian
Malaysia|Kuala Lumpur|Malaysian
Mexico|Mexico City|Mexican
Moldova|Chisinau|Moldovan
Morocco|Rabat|Moroccan
Myanmar|Naypyidaw|Burmese
Nepal|Kathmandu|Nepalese
Netherlands|The Hague|Dutch
New Zealand|Wellington|
Nigeria|Abuja|Nigerian
North Korea|Pyongyang|
Norway|Oslo|Norwegian
Pakistan|Islamabad|Pakistani
Peru|Lima|Peruvian
Philippines|Manila|Philippine Filipino
Poland|Warsaw|Polish
Portugal|Lisbon|Portuguese
Qatar|Doha|Qatari
Romania|Bucharest|Romanian
Russia|Moscow|Russian
Saudi Arabia|Riyadh|Saudi
Serbia|Belgrade|Serbian Serb
Slovakia|Bratislava|Slovak
Slovenia|Ljubljana|Slovenian
South Africa|Pretoria|
South Korea|Seoul|
Spain|Madrid|Spanish
Sudan|Khartoum|Sudanese
Sweden|Stockholm|Swedish
Switzerland|Bern|Swiss
Syria|Damascus|Syrian
Taiwan|Taipei|Taiwanese
Thailand|Bangkok|Thai
Tunisia|Tunis|Tunisian
Turkey|Ankara|Turkish
Ukraine|Kyiv Kiev|Ukrainian
United Kingdom||
United States|Washington|American
Venezuela|Caracas|Venezuelan
Vietnam|Hanoi|Vietnamese
Yemen|Sanaa|Yemeni
"""


def _names() -> tuple[dict[str, str], dict[str, str]]:
    places: dict[str, str] = {}
    demonyms: dict[str, str] = {}
    for line in _TABLE.strip().splitlines():
        country, capital, adjectives = line.split("|")
        capitals = (
            [capital]
            if country in {"Argentina", "Bolivia", "India", "Mexico", "Netherlands", "Ethiopia", "Malaysia"}
            else capital.split()
        )
        places |= {name.lower(): country for name in (country, *capitals)}
        demonyms |= {name.lower(): country for name in adjectives.split()}
    return places | {
        "us": "United States",
        "u.s.": "United States",
        "uk": "United Kingdom",
        "u.k.": "United Kingdom",
    }, demonyms


PLACES, DEMONYM_OF = _names()
_WITH_ARTICLE = frozenset({"Netherlands", "Philippines", "United Kingdom", "United States"})


def government(name: str) -> str | None:
    """The government that the name of a country, its capital or its demonym stands for when it speaks; None: no such
    name.
    """
    country = PLACES.get(name.lower()) or DEMONYM_OF.get(name.lower())
    if country is None:
        return None
    return f"Government of {'the ' if country in _WITH_ARTICLE else ''}{country}"
