# The public names of boxscore and where each is: for type checkers, and for `__init__.py` to import on first use.
# fmt: off
# ruff: isort: off
from boxscore.agents.blocking import Executed as Executed, SyncAgentBox as SyncAgentBox, sync_box as sync_box
from boxscore.agents.box import AgentBox as AgentBox, box as box
from boxscore.agents.contract import (
    Agent as Agent, Assignment as Assignment, Draft as Draft, LimitReached as LimitReached,
)
from boxscore.boxes.contract import (
    Backend as Backend, Box as Box, BoxSpec as BoxSpec, Capability as Capability, Completed as Completed,
    Network as Network, Stream as Stream,
)
from boxscore.cache import replace_file as replace_file
from boxscore.data.extract import extract_code as extract_code, program as program
from boxscore.data.fetch import fetch as fetch
from boxscore.data.function_harness import FunctionHarness as FunctionHarness
from boxscore.data.inline import inline_task as inline_task
from boxscore.data.java_methods import (
    JavaMethod as JavaMethod, java_body as java_body, java_methods as java_methods,
    with_java_bodies as with_java_bodies,
)
from boxscore.data.patch_harness import PatchHarness as PatchHarness
from boxscore.data.prompts import Prompt as Prompt, render_prompt as render_prompt
from boxscore.data.rows import (
    kind_of as kind_of, read_rows as read_rows, record_rows as record_rows, text_field as text_field,
)
from boxscore.data.extract import web_sample_of as web_sample_of
from boxscore.errors import (
    BoxError as BoxError, BoxLost as BoxLost, BoxscoreError as BoxscoreError, DataError as DataError,
    HarnessError as HarnessError, ImageMissing as ImageMissing, InputError as InputError, NoVerdict as NoVerdict,
    OutcomeDrift as OutcomeDrift, ProtocolError as ProtocolError, SandboxUnavailable as SandboxUnavailable,
    StoreError as StoreError, UsageError as UsageError,
)
from boxscore.file_names import distinct_names as distinct_names, plain_name as plain_name
from boxscore.harness import (
    DataSource as DataSource, FunctionTask as FunctionTask, GradedRun as GradedRun, Harness as Harness,
    Inputs as Inputs, PartTests as PartTests, predictions_by_model as predictions_by_model,
)
from boxscore.images.digests import known_digests as known_digests, pinned_image as pinned_image
from boxscore.images.records import InstanceImage as InstanceImage
from boxscore.images.repositories import has_repository as has_repository, repository_file as repository_file
from boxscore.images.variables import save_variables as save_variables
from boxscore.own_folders import (
    check_own_folder as check_own_folder, folder_within as folder_within, make_own_folder as make_own_folder,
)
from boxscore.protocols.attacks import Attack as Attack, Expect as Expect
from boxscore.protocols.contract import (
    Batch as Batch, Candidate as Candidate, Gate as Gate, BatchGrader as BatchGrader,
    Grading as Grading, Opening as Opening, Task as Task, narrowed as narrowed,
)
from boxscore.protocols.details import decode_result as decode_result
from boxscore.protocols.function.source import as_in_contests as as_in_contests
from boxscore.protocols.function.source import (
    defined_names as defined_names, definitions as definitions, free_names as free_names,
)
from boxscore.protocols.migration.task import MigrationDetail as MigrationDetail
from boxscore.protocols.migration.inventory import test_inventory as test_inventory
from boxscore.protocols.migration.task import MigrationTask as MigrationTask
from boxscore.protocols.patch.task import PatchDetail as PatchDetail
from boxscore.protocols.patch.diff import changed_paths as changed_paths
from boxscore.protocols.patch.logs import (
    parse_log as parse_log, parser_names as parser_names, suite_ran as suite_ran,
)
from boxscore.protocols.patch.task import (
    LogProgram as LogProgram, PatchTask as PatchTask, ResolutionRule as ResolutionRule,
)
from boxscore.protocols.program.task import CaseResult as CaseResult, ProgramDetail as ProgramDetail
from boxscore.protocols.project.task import ProjectDetail as ProjectDetail
from boxscore.protocols.project.task import decode_files as decode_files, encode_files as encode_files
from boxscore.protocols.project.task import ProjectTask as ProjectTask
from boxscore.protocols.contract import (
    Attackable as Attackable, Audits as Audits, Likeness as Likeness, Observed as Observed,
    Repositories as Repositories, Schedules as Schedules, Service as Service, Shows as Shows, Trial as Trial,
    Validates as Validates, Workspace as Workspace,
)
from boxscore.protocols.shows import (
    Cases as Cases, Drawing as Drawing, Fact as Fact, Facts as Facts, Summary as Summary,
)
from boxscore.protocols.statuses import Status as Status
from boxscore.protocols.program.task import (
    Case as Case, Comparison as Comparison, ProgramTask as ProgramTask, Rule as Rule,
)
from boxscore.protocols.unittest.task import UnittestDetail as UnittestDetail
from boxscore.protocols.unittest.task import (
    UnitStatus as UnitStatus, UnittestTask as UnittestTask, test_ids as test_ids,
)
from boxscore.protocols.versions import protocol_version as protocol_version
from boxscore.protocols.web.detail import encode_attempts as encode_attempts, encode_state as encode_state
from boxscore.protocols.web.detail import WebAttempt as WebAttempt, WebDetail as WebDetail
from boxscore.protocols.web.task import (
    SpecSettings as SpecSettings, WebCommand as WebCommand, WebStep as WebStep, WebTask as WebTask,
)
from boxscore.records import (
    ApplyStrategy as ApplyStrategy, CompileError as CompileError, Conditions as Conditions, Instance as Instance,
    LimitName as LimitName, Limits as Limits, OtherDetail as OtherDetail, Outcome as Outcome, Result as Result,
    Sample as Sample, SampleKind as SampleKind, Trust as Trust,
)
from boxscore.report.records import Report as Report
from boxscore.run.api import GradedReport as GradedReport, grade as grade
from boxscore.sampling.api import sample as sample
from boxscore.score.statistics import (
    Estimate as Estimate, InstanceCounts as InstanceCounts, Interval as Interval, estimate as estimate,
    mean_interval as mean_interval, pass_at_k as pass_at_k, t_interval as t_interval,
)
from boxscore.session.grader import Grader as Grader
from boxscore.session.sync import SyncGrader as SyncGrader
from boxscore.syntax import parse_source as parse_source
__all__: list[str]  # noqa: PYI035 - all names above
