"""The first tables: jobs, their pictures, and settings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0001"
down_revision = None

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", Id, nullable=False),
        sa.Column("request", sa.JSON, nullable=False),
        sa.Column("user", sa.BigInteger, nullable=False),
        sa.Column("channel", sa.BigInteger, nullable=False),
        sa.Column("guild", sa.BigInteger, nullable=False),
        sa.Column("message", sa.BigInteger, nullable=False),
        sa.Column("reply_to", sa.BigInteger, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("parent", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("delivery", sa.String(16), nullable=False),
        sa.Column("result_message", sa.BigInteger, nullable=False),
        sa.Column("created", Moment, nullable=False),
        sa.Column("started", Moment),
        sa.Column("finished", Moment),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("work", sa.Float, nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("words", sa.Text().with_variant(TSVECTOR, "postgresql"), nullable=False),
        sa.Column("seconds", sa.Float),
        sa.PrimaryKeyConstraint("id", name="jobs_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("jobs_line", "jobs", ["state", "user", "id"])
    op.create_index("jobs_measured", "jobs", ["state", "finished"])
    op.create_index("jobs_user", "jobs", ["user", "id"])
    op.create_index("jobs_delivery", "jobs", ["delivery", "id"])
    op.create_index("jobs_result_message", "jobs", ["result_message"])
    op.create_index("jobs_source", "jobs", ["source"])
    op.create_table(
        "pictures",
        sa.Column("id", Id, nullable=False),
        sa.Column("job", Id, nullable=False),
        sa.Column("index", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("created", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pictures_pk"),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="pictures_job_fk", ondelete="CASCADE"),
        sa.UniqueConstraint("job", "index", name="pictures_job_index_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("pictures_sha256", "pictures", ["sha256"])
    op.create_table(
        "settings",
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("owner", sa.BigInteger, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("scope", "owner", "key", name="settings_pk"),
    )
