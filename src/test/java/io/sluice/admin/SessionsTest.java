package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionsTest {
  private final TestClock clock = new TestClock();
  private final Sessions sessions = new Sessions(clock);

  @AfterEach
  void stop() {
    sessions.destroy();
  }

  @Test
  void idsAndCsrfTokensAreLongAndNeverTheSame() {
    List<String> seen = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Sessions.Begun begun = sessions.begin("user" + i, Role.VIEWER);
      seen.add(begun.id());
      seen.add(begun.session().csrfToken());
    }
    assertThat(seen).doesNotHaveDuplicates().allMatch(text -> text.matches("[A-Za-z0-9]{43}"));
  }

  @Test
  void aUsersTwentyFirstSessionEndsTheOneIdleLongest() {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < Sessions.MOST_OF_A_USER; i++) {
      ids.add(sessions.begin("alice", Role.VIEWER).id());
      clock.advance(Duration.ofSeconds(1));
    }
    sessions.find(ids.getFirst());
    ids.add(sessions.begin("alice", Role.VIEWER).id());

    assertThat(sessions.find(ids.get(0))).isNotNull();
    assertThat(sessions.find(ids.get(1))).isNull();
    assertThat(sessions.find(ids.getLast())).isNotNull();
  }

  @Test
  void thereAreAtMostAThousand() {
    for (int i = 0; i < Sessions.MOST + 100; i++) {
      sessions.begin("user" + i, Role.VIEWER);
    }
    assertThat(sessions.size()).isEqualTo(Sessions.MOST);
  }

  @Test
  void streamsAreToldOfTheEnd() {
    AtomicInteger ends = new AtomicInteger();
    Sessions.Begun out = sessions.begin("alice", Role.VIEWER);
    Sessions.Begun removed = sessions.begin("bob", Role.VIEWER);
    Sessions.Begun idle = sessions.begin("carol", Role.VIEWER);
    for (Sessions.Begun begun : List.of(out, removed, idle)) {
      begun.session().ended().subscribe(null, null, ends::incrementAndGet);
    }
    sessions.endById(out.id());
    assertThat(ends).hasValue(1);
    sessions.endOf("bob");
    assertThat(ends).hasValue(2);
    clock.advance(Sessions.IDLE);
    assertThat(sessions.find(idle.id())).isNull();
    assertThat(ends).hasValue(3);
  }
}
