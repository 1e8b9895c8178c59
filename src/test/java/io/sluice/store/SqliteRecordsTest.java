package io.sluice.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.store.Accounts.Token;
import io.sluice.store.Accounts.User;
import io.sluice.store.History.Listed;
import io.sluice.store.History.Minute;
import io.sluice.store.History.Place;
import io.sluice.store.History.Transition;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConfig.SynchronousMode;

/** Audit, accounts, history and operations. */
class SqliteRecordsTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.123456Z");

  @TempDir Path directory;
  private SqliteStore store;

  @BeforeEach
  void open() {
    store = SqliteStore.open(directory.resolve("sluice.db"), 10);
  }

  private void reopen() {
    store.close();
    open();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static AuditEntry line(String action) {
    return new AuditEntry(
        0, NOON, Actor.SYSTEM, action, null, null, null, "denied", "401 unauthorized", null);
  }

  @Test
  void linesOfTheAuditComeNewestFirstAndByPages() {
    for (int i = 1; i <= 5; i++) {
      store.audit().append(line("call " + i));
    }
    reopen();
    assertThat(store.audit().list(Long.MAX_VALUE, 2))
        .extracting(AuditEntry::action)
        .containsExactly("call 5", "call 4");
    AuditEntry third = store.audit().list(4, 2).getFirst();
    assertThat(third)
        .isEqualTo(
            new AuditEntry(
                3,
                NOON,
                Actor.SYSTEM,
                "call 3",
                null,
                null,
                null,
                "denied",
                "401 unauthorized",
                null));
  }

  @Test
  void theNewestLinesOfTheAuditAreKept() throws Exception {
    store.audit().append(line("first"));
    try (Connection connection =
        new Database(directory.resolve("sluice.db"), SynchronousMode.FULL)
            .source()
            .getConnection()) {
      Sql.update(
          connection,
          "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
              + " INSERT INTO audit (number, at, name, role, how, action, outcome)"
              + " SELECT i, 0, 'n', 'r', 'h', 'a', 'o' FROM n",
          SqliteAudit.KEPT);
    }
    assertThat(store.audit().list(2, 1)).hasSize(1);
    store.audit().append(line("one more"));
    assertThat(store.audit().list(2, 1)).isEmpty();
    assertThat(store.audit().list(3, 1)).hasSize(1);
    assertThat(store.audit().list(Long.MAX_VALUE, 1).getFirst().number())
        .isEqualTo(SqliteAudit.KEPT + 1);
  }

  @Test
  void usersAreAddedChangedAndRemoved() {
    User alice = new User("alice", "admin", "hash", NOON, NOON, null);
    assertThat(store.accounts().addUser(alice)).isTrue();
    assertThat(store.accounts().addUser(new User("alice", "viewer", "other", NOON, NOON, null)))
        .isFalse();
    reopen();
    assertThat(store.accounts().users()).containsExactly(alice);
    Instant later = NOON.plusSeconds(1);
    User changed = new User("alice", "operator", "new hash", NOON, later, null);
    assertThat(store.accounts().updateUser(changed)).isTrue();
    store.accounts().loggedIn("alice", later);
    assertThat(store.accounts().user("alice"))
        .isEqualTo(new User("alice", "operator", "new hash", NOON, later, later));
    assertThat(store.accounts().updateUser(new User("bob", "admin", "h", NOON, NOON, null)))
        .isFalse();
    assertThat(store.accounts().removeUser("alice")).isTrue();
    assertThat(store.accounts().removeUser("alice")).isFalse();
    assertThat(store.accounts().user("alice")).isNull();
  }

  @Test
  void tokensAreAddedUsedAndRemoved() {
    Token first = new Token("t1", "ci", "operator", "aa", "alice", NOON, null, null);
    Instant never = Instant.parse("9999-12-31T23:59:59Z");
    Token second = new Token("t2", "ci", "viewer", "bb", "alice", NOON, never, null);
    assertThat(store.accounts().addToken(second)).isTrue();
    assertThat(store.accounts().addToken(first)).isTrue();
    assertThat(store.accounts().addToken(first)).isFalse();
    reopen();
    assertThat(store.accounts().tokens()).containsExactly(first, second);
    store.accounts().used("t1", NOON);
    assertThat(store.accounts().token("t1"))
        .isEqualTo(new Token("t1", "ci", "operator", "aa", "alice", NOON, null, NOON));
    assertThat(store.accounts().removeToken("t1")).isTrue();
    assertThat(store.accounts().removeToken("t1")).isFalse();
    assertThat(store.accounts().token("t1")).isNull();
  }

  @Test
  void textsOfAnyKindComeBackAsTheyWere() {
    String odd = "'; DROP TABLE account; -- \u0000 \uD83D\uDE00 \"%_\\\n";
    store.operations().save(odd, odd);
    assertThat(store.accounts().addUser(new User(odd, odd, odd, NOON, NOON, null))).isTrue();
    reopen();
    assertThat(store.operations().find(odd)).isEqualTo(odd);
    assertThat(store.accounts().user(odd)).isEqualTo(new User(odd, odd, odd, NOON, NOON, null));
  }

  @Test
  void operationsKeepTheOrderOfTheirFirstStoring() {
    store.operations().save("a", "1");
    store.operations().save("b", "1");
    store.operations().save("a", "2");
    reopen();
    assertThat(store.operations().all().entrySet().stream().map(Object::toString))
        .containsExactly("a=2", "b=1");
    store.operations().remove("a");
    store.operations().remove("unknown");
    assertThat(store.operations().all().keySet()).containsExactly("b");
    assertThat(store.operations().find("a")).isNull();
  }

  @Test
  void transitionsComeNewestFirst() {
    Transition up = new Transition(NOON, "p", "b", "unknown", "up", null);
    Transition down = new Transition(NOON.plusSeconds(1), "p", "b", "up", "down", "refused");
    Transition other = new Transition(NOON, "p", "c", "unknown", "up", null);
    store.history().transitions(List.of(up, other, down));
    reopen();
    assertThat(store.history().transitions("p", "b", 10)).containsExactly(down, up);
    assertThat(store.history().transitions("p", "b", 1)).containsExactly(down);
    assertThat(store.history().transitions("q", "b", 1)).isEmpty();
    store.history().forget(NOON.plusSeconds(1), NOON);
    assertThat(store.history().transitions("p", "b", 10)).containsExactly(down);
    assertThat(store.history().transitions("p", "c", 10)).isEmpty();
  }

  @Test
  void transitionsOfAllBackendsComeByPagesWithoutRepeating() {
    List<Transition> stored = new ArrayList<>();
    for (int i = 0; i < 9; i++) { // three of each moment
      stored.add(new Transition(NOON.plusSeconds(i / 3), "p", "b" + i, "up", "down", null));
    }
    store.history().transitions(stored);
    // one that was observed before is written after
    Transition late = new Transition(NOON.plusSeconds(1), "p", "late", "up", "down", null);
    store.history().transitions(List.of(late));
    reopen();
    List<String> seen = new ArrayList<>();
    Place behind = Place.START;
    List<Listed> page = store.history().transitions(behind, 4);
    while (!page.isEmpty()) {
      page.forEach(each -> seen.add(each.transition().backend()));
      behind = page.getLast().place();
      page = store.history().transitions(behind, 4);
    }
    assertThat(seen).containsExactly("b8", "b7", "b6", "late", "b5", "b4", "b3", "b2", "b1", "b0");
  }

  @Test
  void minutesAreReplacedReadAndForgotten() {
    List<Minute> all = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      for (String series : List.of("total", "backend:p/b")) {
        all.add(new Minute(NOON.plus(Duration.ofMinutes(i)), series, series + " at " + i));
      }
    }
    store.history().minutes(all);
    Minute again = new Minute(NOON, "total", "again");
    store.history().minutes(List.of(again));
    reopen();
    assertThat(store.history().minutes("total", NOON)).hasSize(5).startsWith(again);
    Instant fourth = NOON.plus(Duration.ofMinutes(3));
    assertThat(store.history().minutes("total", fourth)).containsExactly(all.get(6), all.get(8));
    assertThat(store.history().minutes(fourth)).containsExactlyElementsOf(all.subList(6, 10));
    assertThat(store.history().minutes("pool:p", NOON)).isEmpty();
    store.history().forget(NOON, fourth);
    assertThat(store.history().minutes(NOON)).containsExactlyElementsOf(all.subList(6, 10));
    store.history().minutes(List.of(new Minute(fourth, "pool:p", "x")));
    store.history().forget(NOON, fourth.plusSeconds(120));
    assertThat(store.history().minutes(NOON)).isEmpty();
    store.history().minutes(List.of(again));
    assertThat(store.history().minutes("total", NOON)).containsExactly(again);
  }
}
