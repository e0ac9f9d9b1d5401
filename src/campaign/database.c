// SPDX-License-Identifier: GPL-2.0-only
/*
 * database.c - the SQLite file. Rows are named by what they are (digest.c), so a row is there or not,
 * whoever put it there and when; what differs from host to host has a table of its own.
 *
 *	plan	one row for each plan that was swept into it
 *	config	all of a run but its seed; the command up to it and behind it
 *	run	what came of it; figures as JSON, in the summary's words
 *	finding	what ends badly, once; found: which runs show it
 *	measure	volatile: real time, memory, host
 *
 * One process writes (it holds a lock on the file); anybody may read meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/shortage.h"
#include "base/text_stream.h"
#include "campaign/campaign.h"

#define BUSY_MS 10000

static const char schema[] =
	"CREATE TABLE plan (sha256 TEXT PRIMARY KEY, name TEXT NOT NULL, text TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE config (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, scheduler TEXT NOT NULL,"
	" file TEXT, sha256 TEXT NOT NULL, settings TEXT NOT NULL, options TEXT NOT NULL,"
	" kernel TEXT NOT NULL, machine TEXT NOT NULL, workload TEXT NOT NULL,"
	" duration TEXT NOT NULL, files TEXT NOT NULL, version TEXT NOT NULL,"
	" head TEXT NOT NULL, tail TEXT NOT NULL);"
	"CREATE TABLE run (id INTEGER PRIMARY KEY, config INTEGER NOT NULL REFERENCES config,"
	" seed INTEGER NOT NULL, end TEXT NOT NULL, status INTEGER NOT NULL, exit TEXT NOT NULL,"
	" ok INTEGER, hash TEXT NOT NULL, error TEXT NOT NULL, figures TEXT NOT NULL);"
	"CREATE INDEX run_config ON run (config, seed);"
	"CREATE TABLE finding (id INTEGER PRIMARY KEY, scheduler TEXT NOT NULL, kind TEXT NOT NULL,"
	" text TEXT NOT NULL, decisions INTEGER NOT NULL, schedule TEXT, run INTEGER NOT NULL);"
	"CREATE TABLE found (finding INTEGER NOT NULL REFERENCES finding, run INTEGER NOT NULL"
	" REFERENCES run, count INTEGER NOT NULL, PRIMARY KEY (finding, run)) WITHOUT ROWID;"
	"CREATE TABLE measure (run INTEGER PRIMARY KEY REFERENCES run, real_ns INTEGER NOT NULL,"
	" peak_kb INTEGER NOT NULL, host TEXT NOT NULL, at TEXT NOT NULL);"
	"CREATE VIEW figure AS SELECT run.id AS run, replace(substr(j.fullkey, 3), '\"', '') AS path, j.atom AS value"
	" FROM run, json_tree(run.figures) AS j WHERE j.atom IS NOT NULL;";

enum { ADD_CONFIG, ADD_RUN, ADD_FINDING, ADD_FOUND, ADD_MEASURE, NR_STATEMENTS };

static const char *const statement_text[NR_STATEMENTS] = {
	[ADD_CONFIG] = "INSERT OR IGNORE INTO config VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[ADD_RUN] = "INSERT OR IGNORE INTO run VALUES (?,?,?,?,?,?,?,?,?,?)",
	/* the one with the fewest decisions, then of the first run by number, tells of all */
	[ADD_FINDING] =
		"INSERT INTO finding VALUES (?1,?2,?3,?4,?5,?6,?7) ON CONFLICT (id) DO UPDATE SET"
		" text = excluded.text, decisions = excluded.decisions, schedule = excluded.schedule,"
		" run = excluded.run WHERE (excluded.decisions, excluded.run, excluded.text)"
		" < (finding.decisions, finding.run, finding.text)",
	[ADD_FOUND] =
		"INSERT INTO found VALUES (?1,?2,?3) ON CONFLICT (finding, run)"
		" DO UPDATE SET count = count + excluded.count",
	[ADD_MEASURE] =
		"INSERT OR IGNORE INTO measure VALUES (?,?,?,?,"
		"strftime('%Y-%m-%dT%H:%M:%SZ','now'))",
};

struct database {
	sqlite3 *sql;
	sqlite3_stmt *statement[NR_STATEMENTS];
	char *path;
	int lock;	 /* -1: not ours to write */
	u64 last_config; /* that was added */
	bool in_transaction;
};

static int fail(const struct database *db)
{
	return campaign_fail(KS_USAGE, "%s: %s", db->path, sqlite3_errmsg(db->sql));
}

static int execute(struct database *db, const char *text)
{
	return sqlite3_exec(db->sql, text, NULL, NULL, NULL) == SQLITE_OK ? KS_OK : fail(db);
}

/* the first column of the first row; 0 where there is none */
static int ask(struct database *db, const char *text, s64 *value)
{
	sqlite3_stmt *st = NULL;
	int ret = sqlite3_prepare_v2(db->sql, text, -1, &st, NULL);

	*value = 0;
	if (ret == SQLITE_OK) {
		ret = sqlite3_step(st);
		if (ret == SQLITE_ROW)
			*value = sqlite3_column_int64(st, 0);
	}
	sqlite3_finalize(st);
	return ret == SQLITE_ROW || ret == SQLITE_DONE ? KS_OK : fail(db);
}

/* ---- opening ---- */

/*
 * Ours as long as the descriptor is open. It must outlive SQLite's: closing one of a file drops a
 * process's record locks on it.
 */
static int lock(struct database *db)
{
	db->lock = open(db->path, O_RDONLY | O_CLOEXEC);
	if (db->lock < 0)
		return campaign_fail(KS_USAGE, "%s: cannot be opened: %s", db->path,
				     strerror(errno));
	if (!flock(db->lock, LOCK_EX | LOCK_NB))
		return KS_OK;
	return campaign_fail(KS_USAGE, "%s: is in use by another kickstand sweep or serve",
			     db->path);
}

static int make_tables(struct database *db)
{
	char text[128];
	int err = execute(db, "BEGIN IMMEDIATE");

	if (!err)
		err = execute(db, schema);
	snprintf(text, sizeof(text), "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
		 DATABASE_MARK, DATABASE_VERSION);
	return err ? err : execute(db, text);
}

/* Is it ours, and of this version? */
static int check(struct database *db, bool write)
{
	s64 mark, version, tables;
	int err = ask(db, "PRAGMA application_id", &mark);

	if (!err)
		err = ask(db, "PRAGMA user_version", &version);
	if (!err)
		err = ask(db, "SELECT count(*) FROM sqlite_master", &tables);
	if (err)
		return err;
	if (!mark && !tables && write)
		return make_tables(db);
	if (mark != DATABASE_MARK)
		return campaign_fail(KS_USAGE, "%s: is no database of kickstand sweep", db->path);
	if (version != DATABASE_VERSION)
		return campaign_fail(KS_USAGE,
				     "%s: is of version %lld, and this kickstand reads and writes "
				     "version %d: take another file, or the kickstand that made it",
				     db->path, (long long)version, DATABASE_VERSION);
	return KS_OK;
}

static int prepare(struct database *db)
{
	int err = execute(db, "PRAGMA journal_mode=WAL");

	if (!err)
		err = execute(db, "PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536");
	for (u32 i = 0; !err && i < NR_STATEMENTS; i++)
		if (sqlite3_prepare_v2(db->sql, statement_text[i], -1, &db->statement[i], NULL))
			err = fail(db);
	return err;
}

/* A file that SQLite would make is made now, so that it can be locked before it is written. */
static int touch(struct database *db)
{
	int err = execute(db, "SELECT count(*) FROM sqlite_master");

	return err ? err : lock(db);
}

int database_open(struct database **to, const char *path, bool write)
{
	int flags = write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY, err;
	struct database *db = calloc(1, sizeof(*db));

	*to = db;
	shortage_on(!db, "out of memory for a database");
	db->lock = -1;
	db->path = strdup(path);
	shortage_on(!db->path, "out of memory for a database");
	if (!write && access(path, R_OK))
		return campaign_fail(KS_USAGE, "%s: cannot be read: %s", path, strerror(errno));
	if (sqlite3_open_v2(path, &db->sql, flags, NULL) != SQLITE_OK)
		return fail(db);
	sqlite3_busy_timeout(db->sql, BUSY_MS);
	err = write ? touch(db) : KS_OK;
	if (!err)
		err = check(db, write);
	return err || !write ? err : prepare(db);
}

void database_close(struct database *db)
{
	if (!db)
		return;
	for (u32 i = 0; i < NR_STATEMENTS; i++)
		sqlite3_finalize(db->statement[i]);
	sqlite3_close(db->sql);
	if (db->lock >= 0)
		close(db->lock);
	free(db->path);
	free(db);
}

struct sqlite3 *database_handle(struct database *db)
{
	return db->sql;
}

/* ---- reading ---- */

char *database_path(const char *path)
{
	char *text = NULL;
	size_t len;
	FILE *f = text_stream(&text, &len);

	fputc('$', f);
	for (size_t n; *path; path += n + (path[n] == '.')) {
		n = strcspn(path, ".");
		fprintf(f, ".\"%.*s\"", (int)n, path);
	}
	fclose(f);
	return text;
}

int database_ids(struct database *db, void (*seen)(void *arg, u64 id), void *arg)
{
	sqlite3_stmt *st = NULL;
	int ret = sqlite3_prepare_v2(db->sql, "SELECT id FROM run", -1, &st, NULL);

	while (ret == SQLITE_OK || ret == SQLITE_ROW) {
		ret = sqlite3_step(st);
		if (ret == SQLITE_ROW)
			seen(arg, (u64)sqlite3_column_int64(st, 0));
	}
	sqlite3_finalize(st);
	return ret == SQLITE_DONE ? KS_OK : fail(db);
}

u64 database_mean_ns(struct database *db)
{
	s64 ns;

	return ask(db, "SELECT avg(real_ns) FROM measure", &ns) ? 0 : (u64)ns;
}

/* ---- writing ---- */

int database_begin(struct database *db)
{
	int err = db->in_transaction ? KS_OK : execute(db, "BEGIN IMMEDIATE");

	db->in_transaction = !err;
	return err;
}

int database_commit(struct database *db)
{
	int err = db->in_transaction ? execute(db, "COMMIT") : KS_OK;

	db->in_transaction = db->in_transaction && err;
	return err;
}

int database_forget_limited(struct database *db)
{
	static const char text[] =
		"CREATE TEMP TABLE again AS SELECT id FROM run WHERE end IN ('time', 'memory');"
		"DELETE FROM found WHERE run IN (SELECT id FROM again);"
		"DELETE FROM measure WHERE run IN (SELECT id FROM again);"
		"DELETE FROM run WHERE id IN (SELECT id FROM again); DROP TABLE again";

	return execute(db, text);
}

static int step(struct database *db, sqlite3_stmt *st)
{
	int ret = sqlite3_step(st);

	sqlite3_reset(st);
	return ret == SQLITE_DONE ? KS_OK : fail(db);
}

static void bind_text(sqlite3_stmt *st, int i, const char *text)
{
	if (text)
		sqlite3_bind_text(st, i, text, -1, SQLITE_TRANSIENT);
	else
		sqlite3_bind_null(st, i);
}

int database_plan(struct database *db, const struct plan *p)
{
	sqlite3_stmt *st = NULL;
	int err;

	if (sqlite3_prepare_v2(db->sql, "INSERT OR IGNORE INTO plan VALUES (?,?,?)", -1, &st, NULL))
		return fail(db);
	bind_text(st, 1, p->sha256);
	bind_text(st, 2, p->name);
	bind_text(st, 3, p->text);
	err = step(db, st);
	sqlite3_finalize(st);
	return err;
}

static int add_config(struct database *db, const struct config *c)
{
	sqlite3_stmt *st = db->statement[ADD_CONFIG];
	char *head = argv_text(&c->head), *tail = argv_text(&c->tail);
	const char *const text[] = { c->kind,	 c->scheduler, c->file,	   c->sha256,	c->set,
				     c->options, c->kernel,    c->machine, c->workload, c->duration,
				     c->files,	 KS_VERSION,   head,	   tail };
	int err = KS_OK;

	sqlite3_bind_int64(st, 1, (s64)c->id);
	for (u32 i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		bind_text(st, (int)i + 2, text[i]);
	if (c->id != db->last_config)
		err = step(db, st);
	db->last_config = c->id;
	free(head);
	free(tail);
	return err;
}

static const char *text_at(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key)) ?: "";
}

static s64 number_at(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static int add_run(struct database *db, const struct point *at, const struct config *c,
		   const json_t *record)
{
	sqlite3_stmt *st = db->statement[ADD_RUN];
	const json_t *ok = json_object_get(record, "ok");
	char *figures =
		json_dumps(json_object_get(record, "figures"), JSON_COMPACT | JSON_SORT_KEYS);
	int err;

	shortage_on(!figures, "out of memory for a row");
	sqlite3_bind_int64(st, 1, (s64)at->id);
	sqlite3_bind_int64(st, 2, (s64)c->id);
	sqlite3_bind_int64(st, 3, (s64)at->seed);
	bind_text(st, 4, text_at(record, "end"));
	sqlite3_bind_int64(st, 5, number_at(record, "status"));
	bind_text(st, 6, text_at(record, "exit"));
	if (json_is_boolean(ok))
		sqlite3_bind_int64(st, 7, json_is_true(ok));
	else
		sqlite3_bind_null(st, 7);
	bind_text(st, 8, text_at(record, "hash"));
	bind_text(st, 9, text_at(record, "error"));
	bind_text(st, 10, figures);
	err = step(db, st);
	free(figures);
	return err;
}

static int add_measure(struct database *db, const struct point *at, const json_t *record)
{
	sqlite3_stmt *st = db->statement[ADD_MEASURE];

	sqlite3_bind_int64(st, 1, (s64)at->id);
	sqlite3_bind_int64(st, 2, number_at(record, "real_ns"));
	sqlite3_bind_int64(st, 3, number_at(record, "peak_kb"));
	bind_text(st, 4, text_at(record, "host"));
	return step(db, st);
}

static int add_finding(struct database *db, const struct point *at, const struct config *c,
		       const json_t *f)
{
	sqlite3_stmt *st = db->statement[ADD_FINDING];
	char *pattern = finding_pattern(text_at(f, "text"));
	s64 id = (s64)digest_id(c->scheduler, c->sha256, text_at(f, "kind"), pattern, NULL);
	int err;

	free(pattern);
	sqlite3_bind_int64(st, 1, id);
	bind_text(st, 2, c->scheduler);
	bind_text(st, 3, text_at(f, "kind"));
	bind_text(st, 4, text_at(f, "text"));
	sqlite3_bind_int64(st, 5, number_at(f, "decisions"));
	bind_text(st, 6, json_string_value(json_object_get(f, "schedule")));
	sqlite3_bind_int64(st, 7, (s64)at->id);
	err = step(db, st);
	if (err)
		return err;
	st = db->statement[ADD_FOUND];
	sqlite3_bind_int64(st, 1, id);
	sqlite3_bind_int64(st, 2, (s64)at->id);
	sqlite3_bind_int64(st, 3, number_at(f, "count"));
	return step(db, st);
}

int database_add(struct database *db, const struct config *c, const struct point *at,
		 const json_t *record, bool *added)
{
	json_t *finding;
	size_t i;
	int err = add_config(db, c);

	if (!err)
		err = add_run(db, at, c, record);
	*added = !err && sqlite3_changes(db->sql);
	if (!*added)
		return err;
	err = add_measure(db, at, record);
	json_array_foreach(json_object_get(record, "findings"), i, finding)
		if (!err)
			err = add_finding(db, at, c, finding);
	return err;
}
