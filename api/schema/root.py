"""The schema that is served: each file brings the root fields of what it is about."""

from functools import partial
from typing import Any

import strawberry
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types
from strawberry.types import get_object_definition

from api.schema.allowed import guard
from api.schema.browsing import ItemQuery
from api.schema.calendar import CalendarQuery
from api.schema.calibrations import CalibrationQuery
from api.schema.cancelling import CancelImportMutation
from api.schema.change_conflicts import ChangeConflictQuery
from api.schema.change_forms import ChangeFormQuery
from api.schema.change_news import ChangeNewsMutation, ChangeNewsQuery, ChangeNewsSubscription
from api.schema.change_talk import TalkMutation
from api.schema.change_writes import ChangeMutation
from api.schema.changes import ChangeQuery
from api.schema.compliances import ComplianceQuery
from api.schema.conflicts import ConflictMutation, ConflictQuery
from api.schema.direct import Executor, direct
from api.schema.edits import EditMutation
from api.schema.example import ExampleMutation
from api.schema.exploring import ExploreQuery
from api.schema.failures import InvalidInput, UnknownCi
from api.schema.feeds import FeedMutation, FeedQuery
from api.schema.impacts import ImpactQuery
from api.schema.import_runs import ImportRunQuery
from api.schema.imports import ImportMutation
from api.schema.indicators import IndicatorQuery
from api.schema.items import Relationship
from api.schema.limits import DOCUMENTS
from api.schema.overview import OverviewQuery
from api.schema.paging import LONG, Long
from api.schema.principal_changes import AccessMutation
from api.schema.principals import AccessQuery
from api.schema.recoveries import RecoveryQuery
from api.schema.reviews import ReviewQuery
from api.schema.revisions import RevisionQuery
from api.schema.searches import SearchQuery
from api.schema.subscriptions import FeedSubscription
from api.schema.ways import PathsQuery
from api.schema.weak_points import WeakPointsQuery
from api.schema.words import OntologyQuery
from api.schema.writes import WriteMutation

QUERIES: tuple[type, ...] = (
    ItemQuery, SearchQuery, PathsQuery, ImpactQuery, RevisionQuery, WeakPointsQuery, RecoveryQuery, IndicatorQuery,
    ImportRunQuery, OntologyQuery, AccessQuery, OverviewQuery, ExploreQuery, ConflictQuery, ChangeQuery, ReviewQuery,
    ChangeConflictQuery, ChangeNewsQuery, ChangeFormQuery, CalendarQuery, FeedQuery,
    CalibrationQuery, ComplianceQuery,
)  # fmt: skip
MUTATIONS: tuple[type, ...] = (
    WriteMutation, EditMutation, ImportMutation, CancelImportMutation, AccessMutation, ExampleMutation,
    ConflictMutation, ChangeMutation, ChangeNewsMutation, FeedMutation, TalkMutation,
)  # fmt: skip
SUBSCRIPTIONS: tuple[type, ...] = (FeedSubscription, ChangeNewsSubscription)
UNNAMED = (UnknownCi, InvalidInput, Relationship)  # types that no field names, only interfaces and unions
# documents that were asked lately are neither read nor validated again; each was measured before it comes here
KEPT = (partial(ParserCache, maxsize=DOCUMENTS), partial(ValidationCache, maxsize=DOCUMENTS))


def make_schema(**options: Any) -> strawberry.Schema:
    """The schema, guarded by the table of roles; `options` go to the library."""
    query = _merged("Query", QUERIES, "What can be asked; all of an answer is of one revision.")
    mutation = _merged("Mutation", MUTATIONS, "What can be written, one after the other, in the order of the document.")
    subscription = _merged("Subscription", SUBSCRIPTIONS, "What can be watched, over a WebSocket or as events.")
    config = StrawberryConfig(auto_camel_case=True, scalar_map={Long: LONG})
    options = {"execution_context_class": Executor, **options}
    schema = strawberry.Schema(query, mutation, subscription, types=UNNAMED, config=config, extensions=KEPT, **options)
    return guard(direct(schema))


def _merged(name: str, parts: tuple[type, ...], description: str) -> type:
    whole = merge_types(name, parts)
    get_object_definition(whole, strict=True).description = description
    return whole
