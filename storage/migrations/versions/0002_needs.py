"""Every picture that a job is made from stands in a table of its own: there may be more than its source."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "needs",
        sa.Column("job", Id, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("job", "sha256", name="needs_pk"),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="needs_job_fk", ondelete="CASCADE"),
    )
    op.create_index("needs_sha256", "needs", ["sha256"])
    op.execute("INSERT INTO needs (job, sha256) SELECT id, source FROM jobs WHERE source <> ''")
    op.drop_index("jobs_source", "jobs")
    op.drop_column("jobs", "source")
