# SPDX-License-Identifier: EUPL-1.2
"""The words of city data, German and English, by what they mean; written without umlauts (ae, oe, ue, ss).

A word may have several meanings. The list is about the field, never about one feed.
"""

from collections.abc import Mapping
from functools import cache

MEANINGS: Mapping[str, str] = {
    # Counting places.
    "available": "available vacant free unoccupied remaining rest frei freie freier freien freies verfuegbar "
    "verfuegbare restplaetze freiplaetze vacancy vacancies bookable",
    "occupied": "occupied taken used besetzt belegt belegte belegung occupancy auslastung utilization",
    "full": "full voll besetzt belegt ausgebucht",
    "total": "total capacity cap kapazitaet gesamt gesamte gesamtzahl gesamtanzahl all max maximal sum summe capa",
    "number": "number num count anzahl zahl cnt quantity",
    "spot": "spot spots space spaces platz plaetze stellplatz stellplaetze parkplatz parkplaetze parkstand "
    "parkstaende einstellplaetze lot lots bay bays",
    "slot": "slot slots dock docks box boxes",
    "parking": "parking park parkhaus parkhaeuser tiefgarage garage facility parkraum parkierung carpark",
    "site": "site sites anlage anlagen standort standorte objekt objekte object station stations messstelle stelle "
    "place places haltestelle location",
    "not": "not nicht no kein keine ohne without out",
    # What narrows a count down to some of it.
    "women": "women woman frauen frau",
    "disabled": "disabled handicap handicapped behinderte behinderten behindert barrierefrei barrierefreie "
    "schwerbehinderte accessible",
    "family": "family families familie familien eltern kind kinder",
    "charging": "charging charge charger laden lade ladeplaetze ladesaeule ladesaeulen elektro elektrofahrzeuge "
    "electric ev e_ladesaeule",
    "socket": "socket sockets stecker steckdose steckdosen ladepunkt ladepunkte chargepoint chargepoints evse evses",
    "shared": "carsharing sharing shared",
    "resident": "resident residents bewohner anwohner dauerparker permit parkausweis subscriber longterm",
    "short": "kurzparker shortterm kurzzeit",
    "long": "langzeit dauer permanent",
    "assigned": "assigned reserved reserviert zugewiesen",
    "share": "percent percentage prozent anteil share ratio quote rate",
    "trend": "trend tendency tendenz",
    "threshold": "threshold schwelle schwellwert grenzwert limit almost",
    "incoming": "incoming entering zufluss einfahrten",
    "outgoing": "outgoing leaving exiting ausfahrten",
    "minimum": "minimum min minimal mindest tiefst",
    "maximum": "maximum max maximal hoechst peak",
    "average": "average avg mean mittel mittelwert durchschnitt durchschnittliche",
    "forecast": "forecast prognose vorhersage predicted prediction",
    # Saying what something is.
    "name": "name namen title titel bezeichnung bez label benennung bezeichner",
    "description": "description descript beschreibung desc erlaeuterung",
    "remark": "remark bemerkung bemerkungen hinweis hinweise note notes kommentar comment infofeld",
    "alternate": "alternate alternative alias kurzname short_name",
    "category": "category kategorie art typ class klasse kind",
    "type": "type",
    "layout": "layout bauart bauform",
    "id": "id ids nr nummer no_ kennung key schluessel code identifier uuid guid fid gid oid objectid ident ref "
    "reference referenz lfd",
    "operator": "operator betreiber owner eigentuemer provider anbieter manager verwalter",
    "contact": "contact kontakt ansprechpartner telefon phone telephone mobil mail email e-mail fax",
    "url": "url link website web homepage internet href uri",
    "image": "image images bild bilder foto photo picture",
    "price": "price prices preis preise gebuehr gebuehren fee fees tarif tarife kosten cost entgelt",
    "payment": "payment bezahlung zahlung zahlungsart bezahlmethoden",
    "color": "color colour farbe",
    "zone": "zone gebiet area bereich",
    # Where.
    "latitude": "lat latitude breite breitengrad geobreite northing nord hochwert utm_y y ycoord",
    "longitude": "lon lng long longitude laenge laengengrad geolaenge easting ost rechtswert utm_x x xcoord",
    "geometry": "geometry geom geometrie wkt shape geo point point2d coordinates koordinaten koordinate position",
    "street": "street strasse str address adresse anschrift zufahrt streetaddress strassenname hausanschrift",
    "housenumber": "hausnummer hausnr housenumber",
    "town": "town city stadt ort gemeinde kommune municipality locality ortschaft wohnort",
    "district": "district stadtteil bezirk stadtbezirk ortsteil quartier borough",
    "postcode": "plz postleitzahl postal_code zip_code zip zipcode postcode postal postalcode",
    "country": "country land staat",
    "region": "region bundesland kreis state_province",
    # When.
    "time": "time timestamp ts zeit zeitpunkt uhrzeit datum date datetime zeitstempel",
    "observed": "observed observation measured messzeit messzeitpunkt stand obs origin recorded erfasst aufnahme "
    "messung measurement measuretime observationtime",
    "updated": "updated update aktualisiert aktualisierung published publication modified changed geaendert "
    "letzte last reported lastreported aenderung",
    "created": "created erstellt angelegt creation version",
    "weekday": "mo di mi do fr sa so mofr werktags montag dienstag mittwoch donnerstag freitag samstag sonntag monday "
    "tuesday wednesday thursday friday saturday sunday feiertag",
    "start": "start begin beginn von from gueltig_ab since",
    "end": "end ende bis to until",
    "validity": "valid validity gueltig gueltigkeit",
    "static": "static stammdaten statisch master",
    "inspection": "ueberpruefung ueberpruefungsdatum pruefung inspection checked",
    "opening": "opening oeffnung oeffnungszeit oeffnungszeiten openinghours oeff hours geoeffnet open",
    "closing": "closing schliessung schliesst geschlossen closed",
    # States.
    "status": "status state zustand betriebszustand",
    "level": "level pegel pegelstand wasserstand fuellstand fuellgrad fuellhoehe waterlevel",
    "fill": "fill filling fuellung fuellstand fuellgrad fuellhoehe",
    # Lengths and the like.
    "height": "height hoehe durchfahrtshoehe einfahrtshoehe hei",
    "width": "width breite durchfahrtsbreite",
    "length": "length laenge",
    "surface": "flaeche surfacearea",
    "floor": "floor etage geschoss stockwerk storey",
    "allowed": "allowed erlaubt zulaessig zulaessige durchfahrt einfahrt",
    "duration": "duration stay parkdauer verweildauer",
    "speed": "speed geschwindigkeit velocity",
    "direction": "direction richtung fahrtrichtung",
    # Weather, air, water.
    "temperature": "temperature temperatur temp lufttemperatur",
    "humidity": "humidity feuchte feuchtigkeit luftfeuchte luftfeuchtigkeit rh humid",
    "relative": "relative relativ rel",
    "pressure": "pressure druck luftdruck baro barometric",
    "atmospheric": "atmospheric air luft",
    "precipitation": "precipitation niederschlag rain regen rainfall niederschlagsmenge",
    "wind": "wind",
    "gust": "gust boe boeen windboe",
    "radiation": "radiation strahlung globalstrahlung",
    "solar": "solar sonne globalstrahlung",
    "dew": "dew tau taupunkt dewpoint",
    "snow": "snow schnee schneehoehe",
    "visibility": "visibility sicht sichtweite",
    "illuminance": "illuminance helligkeit beleuchtungsstaerke lux brightness",
    "water": "water wasser pegel pegelstand wasserstand waterlevel",
    "flow": "flow abfluss durchfluss discharge",
    "soil": "soil boden",
    "noise": "noise laerm schall sound laeq",
    "waste": "waste abfall muell garbage refuse trash",
    "lantern": "lantern lichtpunkt leuchtpunkt leuchte",
    "pm1": "pm1",
    "pm4": "pm4",
    "pm10": "pm10",
    "pm25": "pm25 pm2_5 feinstaub",
    "no2": "no2 stickstoffdioxid",
    "o3": "o3 ozon ozone",
    "so2": "so2 schwefeldioxid",
    "co2": "co2 kohlendioxid",
    # Traffic.
    "traffic": "traffic verkehr",
    "vehicle": "vehicle vehicles fahrzeug fahrzeuge kfz car cars auto pkw",
    "bike": "bike bikes bicycle bicycles rad raeder fahrrad fahrraeder radverkehr",
    "people": "people crowd persons person personen pedestrian pedestrians fussgaenger passanten besucher",
    "intensity": "intensity verkehrsstaerke verkehrsmenge vehiclecount zaehlung zaehlwert volume",
    "lane": "lane spur fahrstreifen",
    "battery": "battery batterie akku bat",
    "power": "power leistung",
    "energy": "energy energie",
    "voltage": "voltage spannung",
    "current": "strom amperage",
}

# What says little by itself.
GENERIC = frozenset(
    {"number", "spot", "slot", "parking", "site", "vehicle", "type", "observed", "relative", "atmospheric"}
)

# What makes another thing of a value when it stands in a name.
VETOES = frozenset([
    "not", "share", "trend", "threshold", "women", "disabled", "family", "charging", "shared", "price", "forecast",
    "weekday", "minimum", "time", "color",
])  # fmt: skip

# What only tells where in a document something stands.
STRUCTURAL = frozenset([
    "value", "values", "text", "properties", "property", "attributes", "attribute", "features", "feature", "fields",
    "data", "record", "records", "item", "items", "entry", "entries", "content", "result", "results", "payload",
    "publication", "extension", "d2logicalmodel", "generic",
])  # fmt: skip

FILLERS = frozenset([
    "der", "die", "das", "des", "of", "the", "in", "for", "fuer", "und", "and", "a", "an", "is", "has", "mit",
    "with", "am", "stored",
])  # fmt: skip


@cache
def meanings_by_word() -> Mapping[str, frozenset[str]]:
    """Give the meanings of each word."""
    found: dict[str, set[str]] = {}
    for meaning, words in MEANINGS.items():
        for word in (meaning, *words.split()):
            found.setdefault(word, set()).add(meaning)
    return {word: frozenset(meanings) for word, meanings in found.items()}
