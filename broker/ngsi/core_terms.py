# SPDX-License-Identifier: EUPL-1.2
"""The terms of the NGSI-LD core @context, version 1.8, as a table of facts (ETSI GS CIM 009, annex B)."""

from typing import Final

NGSI_LD: Final = "https://uri.etsi.org/ngsi-ld/"
DEFAULT_VOCABULARY: Final = "https://uri.etsi.org/ngsi-ld/default-context/"
_GEOJSON: Final = "https://purl.org/geojson/vocab#"

# Terms that stand for themselves in the NGSI-LD namespace.
_NGSI_LD_TERMS: Final = """
Attribute AttributeList ContextSourceIdentity ContextSourceNotification ContextSourceRegistration Date DateTime
EntityType EntityTypeInfo EntityTypeList GeoProperty JsonProperty LanguageProperty ListProperty ListRelationship
Notification Property Relationship Subscription TemporalProperty Time VocabProperty accept attributeList
attributeName attributeNames attributeTypes attributes attrs avg cacheDuration contextSourceAlias
contextSourceExtras contextSourceInfo contextSourceTimeAt contextSourceUptime cooldown createdAt csf data
datasetId deletedAt detail distinctCount endAt endTimeAt endpoint entities entity entityCount entityId
entityList error errors expiresAt format geoQ geoproperty georel idPattern information instanceId isActive join
jsons lang lastFailure lastNotification lastSuccess linkedMaps localOnly location management managementInterval
max min mode modifiedAt notUpdated notification notificationTrigger notifiedAt notifierInfo observationInterval
observationSpace observedAt operationSpace operations propertyNames q reason receiverInfo refreshRate
registrationId registrationName relationshipNames scope scopeQ showChanges startAt status stddev subscriptionId
subscriptionName success sum sumsq sysAttrs temporalQ tenant throttling timeAt timeInterval timeout timeproperty
timerel timesFailed timesSent totalCount triggerReason typeList typeName typeNames unchanged unitCode updated
uri watchedAttributes
"""

# Terms that have another name in the NGSI-LD namespace.
_RENAMED: Final = {
    "containedBy": "isContainedBy",
    "dataset": "hasDataset",
    "entityMap": "hasEntityMap",
    "joinLevel": "hasJoinLevel",
    "json": "hasJSON",
    "key": "hasKey",
    "languageMap": "hasLanguageMap",
    "languageMaps": "hasLanguageMaps",
    "object": "hasObject",
    "objectList": "hasObjectList",
    "objects": "hasObjects",
    "objectsLists": "hasObjectsLists",
    "objectType": "hasObjectType",
    "previousJson": "hasPreviousJson",
    "previousLanguageMap": "hasPreviousLanguageMap",
    "previousObject": "hasPreviousObject",
    "previousObjectList": "hasPreviousObjectList",
    "previousValue": "hasPreviousValue",
    "previousValueList": "hasPreviousValueList",
    "previousVocab": "hasPreviousVocab",
    "value": "hasValue",
    "valueList": "hasValueList",
    "valueLists": "hasValueLists",
    "values": "hasValues",
    "vocab": "hasVocab",
    "vocabs": "hasVocabs",
}

# Terms of GeoJSON-LD.
_GEOJSON_TERMS: Final = """
Feature FeatureCollection GeometryCollection LineString MultiLineString MultiPoint MultiPolygon Point Polygon
bbox coordinates features geometry properties
"""

CORE_TERMS: Final[dict[str, str]] = {
    "id": "@id",
    "type": "@type",
    "ngsi-ld": NGSI_LD,
    "geojson": _GEOJSON,
    "description": "http://purl.org/dc/terms/description",
    "title": "http://purl.org/dc/terms/title",
    **{term: NGSI_LD + term for term in _NGSI_LD_TERMS.split()},
    **{term: NGSI_LD + name for term, name in _RENAMED.items()},
    **{term: _GEOJSON + term for term in _GEOJSON_TERMS.split()},
}
"""IRI (or keyword) by term."""

CORE_PREFIXES: Final[dict[str, str]] = {"ngsi-ld": NGSI_LD, "geojson": _GEOJSON}
"""The terms that may stand before a colon."""
