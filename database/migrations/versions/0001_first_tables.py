"""first tables

Revision: 0001
"""

import sqlalchemy as sa
from alembic import op

import database.types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


SEARCH = {
    # Ready-made tokens only (database/search.py): the tokenizer must split at spaces and nowhere else.
    "sqlite": [
        "CREATE VIRTUAL TABLE notice_search USING fts5 "
        "(body, tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\")"
    ],
    "postgresql": [
        "CREATE TABLE notice_search "
        "(notice_id integer PRIMARY KEY REFERENCES notice (id) ON DELETE CASCADE, body tsvector NOT NULL)",
        "CREATE INDEX ix_notice_search_body ON notice_search USING gin (body)",
    ],
}


AUDIT = {
    # The audit trail only grows.
    "sqlite": [
        f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END"
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE FUNCTION audit_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit trail only grows'; END $$",
        "CREATE TRIGGER audit_grows BEFORE UPDATE OR DELETE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION audit_grows()",
    ],
}


def upgrade() -> None:
    """Apply."""
    op.create_table('account',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('password_hash', sa.String(), nullable=False),
    sa.Column('totp_secret', sa.String(), nullable=False),
    sa.Column('totp_last', sa.Integer(), nullable=False),
    sa.Column('oidc_subject', sa.String(), nullable=True),
    sa.Column('created_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('disabled_at', database.types.Moment(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('email'),
    sa.UniqueConstraint('oidc_subject')
    )
    op.create_table('alarm',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('about', sa.String(), nullable=False),
    sa.Column('message', sa.String(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('cleared_at', database.types.Moment(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('kind', 'about')
    )
    with op.batch_alter_table('alarm', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_alarm_kind'), ['kind'], unique=False)

    op.create_table('apikey',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('scopes', database.types.Json, nullable=False),
    sa.Column('per_minute', sa.Integer(), nullable=False),
    sa.Column('created_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('revoked_at', database.types.Moment(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('sha256')
    )
    op.create_table('audit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('who', sa.String(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('object', sa.String(), nullable=False),
    sa.Column('before', database.types.Json, nullable=False),
    sa.Column('after', database.types.Json, nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_object'), ['object'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_who'), ['who'], unique=False)

    op.create_table('body',
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('compressed', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('sha256')
    )
    op.create_table('brief',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('slot', database.types.Moment(timezone=True), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('first', sa.Date(), nullable=False),
    sa.Column('last', sa.Date(), nullable=False),
    sa.Column('path', sa.String(), nullable=False),
    sa.Column('figures', database.types.Json, nullable=False),
    sa.Column('notices', database.types.Json, nullable=False),
    sa.Column('issued_at', database.types.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('kind', 'slot')
    )
    op.create_table('change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    info={'derived': True}
    )
    op.create_table('claim',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('job', sa.String(), nullable=False),
    sa.Column('slot', database.types.Moment(timezone=True), nullable=False),
    sa.Column('holder', sa.String(), nullable=False),
    sa.Column('claimed_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('missed', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('job', 'slot')
    )
    op.create_table('count',
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'code')
    )
    op.create_table('lease',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('holder', sa.String(), nullable=False),
    sa.Column('until', database.types.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name')
    )
    op.create_table('loginattempt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_hash', sa.String(), nullable=False),
    sa.Column('address_hash', sa.String(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('ok', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('loginattempt', schema=None) as batch_op:
        batch_op.create_index('ix_loginattempt_account', ['account_hash', 'at'], unique=False)
        batch_op.create_index('ix_loginattempt_address', ['address_hash', 'at'], unique=False)

    op.create_table('measure',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', database.types.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('organisation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uscc', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('created_at', database.types.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('uscc')
    )
    op.create_table('posting',
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('generation', sa.BigInteger(), nullable=False),
    sa.Column('bits', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'code', 'generation'),
    info={'derived': True}
    )
    op.create_table('run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('worker', sa.String(), nullable=False),
    sa.Column('started_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('ended_at', database.types.Moment(timezone=True), nullable=True),
    sa.Column('since', sa.Date(), nullable=True),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('pages', sa.Integer(), nullable=False),
    sa.Column('read', sa.Integer(), nullable=False),
    sa.Column('new', sa.Integer(), nullable=False),
    sa.Column('changed', sa.Integer(), nullable=False),
    sa.Column('faults', sa.Integer(), nullable=False),
    sa.Column('unread', database.types.Json, nullable=False),
    sa.Column('refused', database.types.Json, nullable=False),
    sa.Column('message', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_run_source'), ['source'], unique=False)
        batch_op.create_index(batch_op.f('ix_run_started_at'), ['started_at'], unique=False)

    op.create_table('snapshot',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('content_type', sa.String(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('etag', sa.String(), nullable=False),
    sa.Column('last_modified', sa.String(), nullable=False),
    sa.Column('fetched_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('seen_at', database.types.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('url', 'sha256')
    )
    with op.batch_alter_table('snapshot', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_snapshot_sha256'), ['sha256'], unique=False)
        batch_op.create_index(batch_op.f('ix_snapshot_source'), ['source'], unique=False)
        batch_op.create_index(batch_op.f('ix_snapshot_url'), ['url'], unique=False)

    op.create_table('sourcealarm',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('figures', database.types.Json, nullable=False),
    sa.Column('raised_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('recovered_at', database.types.Moment(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('sourcealarm', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sourcealarm_raised_at'), ['raised_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_sourcealarm_source'), ['source'], unique=False)
        batch_op.create_index('ux_sourcealarm_open', ['source', 'kind'], unique=True, sqlite_where=sa.text('recovered_at IS NULL'), postgresql_where=sa.text('recovered_at IS NULL'))

    op.create_table('sourceswitch',
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('run_asked_at', database.types.Moment(timezone=True), nullable=True),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('source')
    )
    op.create_table('suppression',
    sa.Column('address_hash', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('address_hash')
    )
    op.create_table('switch',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('why', sa.String(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name')
    )
    op.create_table('trial',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('champion', sa.String(), nullable=False),
    sa.Column('challenger', sa.String(), nullable=False),
    sa.Column('figures', database.types.Json, nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('fault',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('snapshot_id', sa.Integer(), nullable=True),
    sa.Column('record', sa.String(), nullable=False),
    sa.Column('message', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], ),
    sa.ForeignKeyConstraint(['snapshot_id'], ['snapshot.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('fault', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_fault_run_id'), ['run_id'], unique=False)

    op.create_table('loginsession',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('token_sha256', sa.String(), nullable=False),
    sa.Column('created_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('seen_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('ended_at', database.types.Moment(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token_sha256')
    )
    with op.batch_alter_table('loginsession', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_loginsession_user_id'), ['user_id'], unique=False)

    op.create_table('measurekey',
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('measure_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['measure_id'], ['measure.id'], ),
    sa.PrimaryKeyConstraint('key')
    )
    with op.batch_alter_table('measurekey', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_measurekey_measure_id'), ['measure_id'], unique=False)

    op.create_table('notice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('source_id', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('content_sha256', sa.String(), nullable=False),
    sa.Column('measure_id', sa.Integer(), nullable=True),
    sa.Column('snapshot_id', sa.Integer(), nullable=True),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('area', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('symbols', database.types.Json, nullable=False),
    sa.Column('members', database.types.Json, nullable=False),
    sa.Column('agency', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('products', sa.String(), nullable=False),
    sa.Column('objective', sa.String(), nullable=False),
    sa.Column('origin', sa.String(), nullable=False),
    sa.Column('hs', database.types.Json, nullable=False),
    sa.Column('ics', database.types.Json, nullable=False),
    sa.Column('standards', database.types.Json, nullable=False),
    sa.Column('objectives', database.types.Json, nullable=False),
    sa.Column('links', database.types.Json, nullable=False),
    sa.Column('published_on', sa.Date(), nullable=True),
    sa.Column('published_raw', sa.String(), nullable=False),
    sa.Column('comment_deadline', sa.Date(), nullable=True),
    sa.Column('comment_deadline_raw', sa.String(), nullable=False),
    sa.Column('closes_at', database.types.Moment(timezone=True), nullable=True),
    sa.Column('adoption_on', sa.Date(), nullable=True),
    sa.Column('adoption_raw', sa.String(), nullable=False),
    sa.Column('in_force_on', sa.Date(), nullable=True),
    sa.Column('in_force_raw', sa.String(), nullable=False),
    sa.Column('in_force_rule', sa.String(), nullable=False),
    sa.Column('in_force_computed', sa.Boolean(), nullable=False),
    sa.Column('withdrawn', sa.Boolean(), nullable=False),
    sa.Column('tags_sha256', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('level_until', sa.Date(), nullable=True),
    sa.Column('first_seen_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('changed_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['measure_id'], ['measure.id'], ),
    sa.ForeignKeyConstraint(['snapshot_id'], ['snapshot.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('source', 'source_id')
    )
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notice_closes_at'), ['closes_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_notice_comment_deadline'), ['comment_deadline'], unique=False)
        batch_op.create_index(batch_op.f('ix_notice_first_seen_at'), ['first_seen_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_notice_in_force_on'), ['in_force_on'], unique=False)
        batch_op.create_index('ix_notice_level', ['level', 'published_on', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_notice_level_until'), ['level_until'], unique=False)
        batch_op.create_index(batch_op.f('ix_notice_measure_id'), ['measure_id'], unique=False)
        batch_op.create_index('ix_notice_newest', ['published_on', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_notice_published_on'), ['published_on'], unique=False)
        batch_op.create_index('ix_notice_source', ['source', 'published_on'], unique=False)

    op.create_table('refusal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('record', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('snapshot_id', sa.Integer(), nullable=True),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('admitted_at', database.types.Moment(timezone=True), nullable=True),
    sa.Column('admitted_by', sa.String(), nullable=False),
    sa.Column('taken_at', database.types.Moment(timezone=True), nullable=True),
    sa.Column('message', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['snapshot_id'], ['snapshot.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('source', 'record')
    )
    with op.batch_alter_table('refusal', schema=None) as batch_op:
        batch_op.create_index('ix_refusal_newest', ['source', 'id'], unique=False)

    op.create_table('subscriber',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('created_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('confirmed_at', database.types.Moment(timezone=True), nullable=True),
    sa.Column('ended_at', database.types.Moment(timezone=True), nullable=True),
    sa.Column('consent', database.types.Json, nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=True),
    sa.Column('changed_at', database.types.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('email'),
    sa.UniqueConstraint('token')
    )
    with op.batch_alter_table('subscriber', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subscriber_changed_at'), ['changed_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_subscriber_organisation_id'), ['organisation_id'], unique=False)

    op.create_table('approval',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('granted', sa.Boolean(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('recipients', sa.Integer(), nullable=False),
    sa.Column('sample', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('notice_id', 'version', 'by')
    )
    with op.batch_alter_table('approval', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_approval_notice_id'), ['notice_id'], unique=False)

    op.create_table('briefwish',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('since', database.types.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('subscriber_id', 'kind')
    )
    with op.batch_alter_table('briefwish', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_briefwish_subscriber_id'), ['subscriber_id'], unique=False)

    op.create_table('datefix',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('said', sa.Date(), nullable=True),
    sa.Column('day', sa.Date(), nullable=True),
    sa.Column('evidence', database.types.Json, nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('undone_at', database.types.Moment(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('datefix', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_datefix_notice_id'), ['notice_id'], unique=False)

    op.create_table('decision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('concerned', sa.Boolean(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('machine', sa.Boolean(), nullable=True),
    sa.Column('fingerprint', sa.String(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_decision_notice_id'), ['notice_id'], unique=False)

    op.create_table('document',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('cut', sa.Boolean(), nullable=False),
    sa.Column('pages', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('snapshot_id', sa.Integer(), nullable=True),
    sa.Column('message', sa.String(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('fetched_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('again_at', database.types.Moment(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.ForeignKeyConstraint(['snapshot_id'], ['snapshot.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('notice_id', 'url')
    )
    with op.batch_alter_table('document', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_document_again_at'), ['again_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_document_notice_id'), ['notice_id'], unique=False)

    op.create_table('editorial',
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('title_zh', sa.String(), nullable=False),
    sa.Column('gist_zh', sa.String(), nullable=False),
    sa.Column('card', database.types.Json, nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('owner', sa.String(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('published', database.types.Json, nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.PrimaryKeyConstraint('notice_id')
    )
    op.create_table('endpoint',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sa.Integer(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('secret', sa.String(), nullable=False),
    sa.Column('created_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('disabled_at', database.types.Moment(timezone=True), nullable=True),
    sa.Column('disabled_why', sa.String(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('failing_since', database.types.Moment(timezone=True), nullable=True),
    sa.Column('last_reply', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('subscriber_id', 'channel', 'url')
    )
    with op.batch_alter_table('endpoint', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_endpoint_subscriber_id'), ['subscriber_id'], unique=False)

    op.create_table('event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('before', sa.String(), nullable=False),
    sa.Column('after', sa.String(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('notice_id', 'version', 'reason')
    )
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_event_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_event_notice_id'), ['notice_id'], unique=False)

    op.create_table('feedback',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('answer', sa.String(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('subscriber_id', 'notice_id')
    )
    with op.batch_alter_table('feedback', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_feedback_answer'), ['answer'], unique=False)
        batch_op.create_index(batch_op.f('ix_feedback_notice_id'), ['notice_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_feedback_subscriber_id'), ['subscriber_id'], unique=False)

    op.create_table('firm',
    sa.Column('subscriber_id', sa.Integer(), nullable=False),
    sa.Column('city', sa.String(), nullable=False),
    sa.Column('size', sa.String(), nullable=False),
    sa.Column('changed_at', database.types.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], ),
    sa.PrimaryKeyConstraint('subscriber_id')
    )
    op.create_table('helprequest',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('question', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('asked_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('owner', sa.String(), nullable=False),
    sa.Column('answer', sa.String(), nullable=False),
    sa.Column('answered_at', database.types.Moment(timezone=True), nullable=True),
    sa.Column('answered_by', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('subscriber_id', 'notice_id')
    )
    with op.batch_alter_table('helprequest', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_helprequest_notice_id'), ['notice_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_helprequest_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_helprequest_subscriber_id'), ['subscriber_id'], unique=False)

    op.create_table('label',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('score', sa.Float(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('evidence', database.types.Json, nullable=False),
    sa.Column('fingerprint', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('notice_id', 'kind', 'code')
    )
    with op.batch_alter_table('label', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_label_notice_id'), ['notice_id'], unique=False)

    op.create_table('levelword',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('steps', sa.Integer(), nullable=False),
    sa.Column('why', sa.String(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('levelword', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_levelword_notice_id'), ['notice_id'], unique=False)

    op.create_table('linkproposal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('other_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('score', sa.Float(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.ForeignKeyConstraint(['other_id'], ['notice.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('notice_id', 'other_id')
    )
    with op.batch_alter_table('linkproposal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_linkproposal_other_id'), ['other_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_linkproposal_state'), ['state'], unique=False)

    op.create_table('measurelink',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('measure_id', sa.Integer(), nullable=False),
    sa.Column('before_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('undone_at', database.types.Moment(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['measure_id'], ['measure.id'], ),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('measurelink', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_measurelink_measure_id'), ['measure_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_measurelink_notice_id'), ['notice_id'], unique=False)

    op.create_table('noticecode',
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('scheme', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.PrimaryKeyConstraint('notice_id', 'scheme', 'code')
    )
    with op.batch_alter_table('noticecode', schema=None) as batch_op:
        batch_op.create_index('ix_noticecode_code', ['scheme', 'code', 'notice_id'], unique=False)

    op.create_table('noticeversion',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('snapshot_id', sa.Integer(), nullable=True),
    sa.Column('seen_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('facts', database.types.Json, nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.ForeignKeyConstraint(['snapshot_id'], ['snapshot.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('notice_id', 'version')
    )
    with op.batch_alter_table('noticeversion', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_noticeversion_notice_id'), ['notice_id'], unique=False)

    op.create_table('product',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sa.Integer(), nullable=False),
    sa.Column('hs', sa.String(), nullable=False),
    sa.Column('market', sa.String(), nullable=False),
    sa.Column('value', sa.BigInteger(), nullable=True),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('changed_at', database.types.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('subscriber_id', 'hs', 'market')
    )
    with op.batch_alter_table('product', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_product_subscriber_id'), ['subscriber_id'], unique=False)

    op.create_table('reading',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('fingerprint', sa.String(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('ranking', database.types.Json, nullable=False),
    sa.Column('review', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('notice_id', 'version', 'fingerprint')
    )
    with op.batch_alter_table('reading', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reading_notice_id'), ['notice_id'], unique=False)

    op.create_table('review',
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('notice_version', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.PrimaryKeyConstraint('notice_id')
    )
    op.create_table('subscription',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sa.Integer(), nullable=False),
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('sectors', database.types.Json, nullable=False),
    sa.Column('markets', database.types.Json, nullable=False),
    sa.Column('countries', database.types.Json, nullable=False),
    sa.Column('hs', database.types.Json, nullable=False),
    sa.Column('keywords', database.types.Json, nullable=False),
    sa.Column('excludes', database.types.Json, nullable=False),
    sa.Column('measure_types', database.types.Json, nullable=False),
    sa.Column('without', database.types.Json, server_default='[]', nullable=False),
    sa.Column('min_level', sa.String(), nullable=False),
    sa.Column('pace', sa.String(), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('hour', sa.Integer(), nullable=False),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('quiet', sa.Boolean(), nullable=False),
    sa.Column('created_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('changed_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('confirmed_at', database.types.Moment(timezone=True), nullable=True),
    sa.Column('paused_until', database.types.Moment(timezone=True), nullable=True),
    sa.Column('ended_at', database.types.Moment(timezone=True), nullable=True),
    sa.Column('looked_back_at', database.types.Moment(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token')
    )
    with op.batch_alter_table('subscription', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subscription_changed_at'), ['changed_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_subscription_subscriber_id'), ['subscriber_id'], unique=False)

    op.create_table('tag',
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.PrimaryKeyConstraint('notice_id', 'kind', 'code')
    )
    with op.batch_alter_table('tag', schema=None) as batch_op:
        batch_op.create_index('ix_tag_code', ['kind', 'code', 'notice_id'], unique=False)

    op.create_table('titleband',
    sa.Column('band', sa.BigInteger(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.PrimaryKeyConstraint('band', 'notice_id')
    )
    with op.batch_alter_table('titleband', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_titleband_notice_id'), ['notice_id'], unique=False)

    op.create_table('letter',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('message_id', sa.String(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('endpoint_id', sa.Integer(), nullable=True),
    sa.Column('copy_of', sa.Integer(), nullable=True),
    sa.Column('slot', database.types.Moment(timezone=True), nullable=True),
    sa.Column('created_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('due_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('outcome', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['copy_of'], ['letter.id'], ),
    sa.ForeignKeyConstraint(['endpoint_id'], ['endpoint.id'], ),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('endpoint_id', 'copy_of'),
    sa.UniqueConstraint('message_id'),
    sa.UniqueConstraint('subscriber_id', 'kind', 'slot')
    )
    with op.batch_alter_table('letter', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_letter_copy_of'), ['copy_of'], unique=False)
        batch_op.create_index(batch_op.f('ix_letter_due_at'), ['due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_letter_endpoint_id'), ['endpoint_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_letter_outcome'), ['outcome'], unique=False)
        batch_op.create_index(batch_op.f('ix_letter_subscriber_id'), ['subscriber_id'], unique=False)

    op.create_table('matching',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('tags_sha256', sa.String(), nullable=False),
    sa.Column('found', sa.Integer(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('event_id', 'tags_sha256')
    )
    with op.batch_alter_table('matching', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_matching_event_id'), ['event_id'], unique=False)

    op.create_table('narrowing',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sa.Integer(), nullable=False),
    sa.Column('subscription_id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('field', sa.String(), nullable=False),
    sa.Column('added', database.types.Json, nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('undone_at', database.types.Moment(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], ),
    sa.ForeignKeyConstraint(['subscription_id'], ['subscription.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('narrowing', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_narrowing_notice_id'), ['notice_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_narrowing_subscriber_id'), ['subscriber_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_narrowing_subscription_id'), ['subscription_id'], unique=False)

    op.create_table('alert',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('because', database.types.Json, nullable=False),
    sa.Column('late', sa.String(), nullable=False),
    sa.Column('created_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('due_at', database.types.Moment(timezone=True), nullable=True),
    sa.Column('letter_id', sa.Integer(), nullable=True),
    sa.Column('dropped', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['letter_id'], ['letter.id'], ),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], ),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('subscriber_id', 'notice_id', 'version', 'reason')
    )
    with op.batch_alter_table('alert', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_alert_due_at'), ['due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_alert_letter_id'), ['letter_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_alert_notice_id'), ['notice_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_alert_subscriber_id'), ['subscriber_id'], unique=False)

    op.create_table('attempt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('letter_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('worker', sa.String(), nullable=False),
    sa.Column('started_at', database.types.Moment(timezone=True), nullable=False),
    sa.Column('ended_at', database.types.Moment(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(), nullable=False),
    sa.Column('reply', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['letter_id'], ['letter.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('letter_id', 'number')
    )
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attempt_letter_id'), ['letter_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_attempt_started_at'), ['started_at'], unique=False)

    op.create_table('bounce',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('letter_id', sa.Integer(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('at', database.types.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['letter_id'], ['letter.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('letter_id', 'attempt', 'kind')
    )
    with op.batch_alter_table('bounce', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bounce_letter_id'), ['letter_id'], unique=False)
    for statement in SEARCH[op.get_bind().dialect.name] + AUDIT[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Undo."""
    op.execute("DROP TABLE notice_search")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_grows() CASCADE")
    with op.batch_alter_table('bounce', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_bounce_letter_id'))

    op.drop_table('bounce')
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attempt_started_at'))
        batch_op.drop_index(batch_op.f('ix_attempt_letter_id'))

    op.drop_table('attempt')
    with op.batch_alter_table('alert', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_alert_subscriber_id'))
        batch_op.drop_index(batch_op.f('ix_alert_notice_id'))
        batch_op.drop_index(batch_op.f('ix_alert_letter_id'))
        batch_op.drop_index(batch_op.f('ix_alert_due_at'))

    op.drop_table('alert')
    with op.batch_alter_table('narrowing', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_narrowing_subscription_id'))
        batch_op.drop_index(batch_op.f('ix_narrowing_subscriber_id'))
        batch_op.drop_index(batch_op.f('ix_narrowing_notice_id'))

    op.drop_table('narrowing')
    with op.batch_alter_table('matching', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_matching_event_id'))

    op.drop_table('matching')
    with op.batch_alter_table('letter', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_letter_subscriber_id'))
        batch_op.drop_index(batch_op.f('ix_letter_outcome'))
        batch_op.drop_index(batch_op.f('ix_letter_endpoint_id'))
        batch_op.drop_index(batch_op.f('ix_letter_due_at'))
        batch_op.drop_index(batch_op.f('ix_letter_copy_of'))

    op.drop_table('letter')
    with op.batch_alter_table('titleband', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_titleband_notice_id'))

    op.drop_table('titleband')
    with op.batch_alter_table('tag', schema=None) as batch_op:
        batch_op.drop_index('ix_tag_code')

    op.drop_table('tag')
    with op.batch_alter_table('subscription', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_subscription_subscriber_id'))
        batch_op.drop_index(batch_op.f('ix_subscription_changed_at'))

    op.drop_table('subscription')
    op.drop_table('review')
    with op.batch_alter_table('reading', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reading_notice_id'))

    op.drop_table('reading')
    with op.batch_alter_table('product', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_product_subscriber_id'))

    op.drop_table('product')
    with op.batch_alter_table('noticeversion', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_noticeversion_notice_id'))

    op.drop_table('noticeversion')
    with op.batch_alter_table('noticecode', schema=None) as batch_op:
        batch_op.drop_index('ix_noticecode_code')

    op.drop_table('noticecode')
    with op.batch_alter_table('measurelink', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_measurelink_notice_id'))
        batch_op.drop_index(batch_op.f('ix_measurelink_measure_id'))

    op.drop_table('measurelink')
    with op.batch_alter_table('linkproposal', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_linkproposal_state'))
        batch_op.drop_index(batch_op.f('ix_linkproposal_other_id'))

    op.drop_table('linkproposal')
    with op.batch_alter_table('levelword', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_levelword_notice_id'))

    op.drop_table('levelword')
    with op.batch_alter_table('label', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_label_notice_id'))

    op.drop_table('label')
    with op.batch_alter_table('helprequest', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_helprequest_subscriber_id'))
        batch_op.drop_index(batch_op.f('ix_helprequest_state'))
        batch_op.drop_index(batch_op.f('ix_helprequest_notice_id'))

    op.drop_table('helprequest')
    op.drop_table('firm')
    with op.batch_alter_table('feedback', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_feedback_subscriber_id'))
        batch_op.drop_index(batch_op.f('ix_feedback_notice_id'))
        batch_op.drop_index(batch_op.f('ix_feedback_answer'))

    op.drop_table('feedback')
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_event_notice_id'))
        batch_op.drop_index(batch_op.f('ix_event_at'))

    op.drop_table('event')
    with op.batch_alter_table('endpoint', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_endpoint_subscriber_id'))

    op.drop_table('endpoint')
    op.drop_table('editorial')
    with op.batch_alter_table('document', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_document_notice_id'))
        batch_op.drop_index(batch_op.f('ix_document_again_at'))

    op.drop_table('document')
    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_decision_notice_id'))

    op.drop_table('decision')
    with op.batch_alter_table('datefix', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_datefix_notice_id'))

    op.drop_table('datefix')
    with op.batch_alter_table('briefwish', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_briefwish_subscriber_id'))

    op.drop_table('briefwish')
    with op.batch_alter_table('approval', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_approval_notice_id'))

    op.drop_table('approval')
    with op.batch_alter_table('subscriber', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_subscriber_organisation_id'))
        batch_op.drop_index(batch_op.f('ix_subscriber_changed_at'))

    op.drop_table('subscriber')
    with op.batch_alter_table('refusal', schema=None) as batch_op:
        batch_op.drop_index('ix_refusal_newest')

    op.drop_table('refusal')
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_index('ix_notice_source')
        batch_op.drop_index(batch_op.f('ix_notice_published_on'))
        batch_op.drop_index('ix_notice_newest')
        batch_op.drop_index(batch_op.f('ix_notice_measure_id'))
        batch_op.drop_index(batch_op.f('ix_notice_level_until'))
        batch_op.drop_index('ix_notice_level')
        batch_op.drop_index(batch_op.f('ix_notice_in_force_on'))
        batch_op.drop_index(batch_op.f('ix_notice_first_seen_at'))
        batch_op.drop_index(batch_op.f('ix_notice_comment_deadline'))
        batch_op.drop_index(batch_op.f('ix_notice_closes_at'))

    op.drop_table('notice')
    with op.batch_alter_table('measurekey', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_measurekey_measure_id'))

    op.drop_table('measurekey')
    with op.batch_alter_table('loginsession', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_loginsession_user_id'))

    op.drop_table('loginsession')
    with op.batch_alter_table('fault', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_fault_run_id'))

    op.drop_table('fault')
    op.drop_table('trial')
    op.drop_table('switch')
    op.drop_table('suppression')
    op.drop_table('sourceswitch')
    with op.batch_alter_table('sourcealarm', schema=None) as batch_op:
        batch_op.drop_index('ux_sourcealarm_open', sqlite_where=sa.text('recovered_at IS NULL'), postgresql_where=sa.text('recovered_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_sourcealarm_source'))
        batch_op.drop_index(batch_op.f('ix_sourcealarm_raised_at'))

    op.drop_table('sourcealarm')
    with op.batch_alter_table('snapshot', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_snapshot_url'))
        batch_op.drop_index(batch_op.f('ix_snapshot_source'))
        batch_op.drop_index(batch_op.f('ix_snapshot_sha256'))

    op.drop_table('snapshot')
    with op.batch_alter_table('run', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_run_started_at'))
        batch_op.drop_index(batch_op.f('ix_run_source'))

    op.drop_table('run')
    op.drop_table('posting')
    op.drop_table('organisation')
    op.drop_table('measure')
    with op.batch_alter_table('loginattempt', schema=None) as batch_op:
        batch_op.drop_index('ix_loginattempt_address')
        batch_op.drop_index('ix_loginattempt_account')

    op.drop_table('loginattempt')
    op.drop_table('lease')
    op.drop_table('count')
    op.drop_table('claim')
    op.drop_table('change')
    op.drop_table('brief')
    op.drop_table('body')
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_who'))
        batch_op.drop_index(batch_op.f('ix_audit_object'))
        batch_op.drop_index(batch_op.f('ix_audit_at'))

    op.drop_table('audit')
    op.drop_table('apikey')
    with op.batch_alter_table('alarm', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_alarm_kind'))

    op.drop_table('alarm')
    op.drop_table('account')
