package io.sluice.admin;

import io.sluice.store.History;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The history of a test, in memory. */
final class MemoryHistory implements History {
  private final List<Transition> transitions = new ArrayList<>();
  private final List<Minute> minutes = new ArrayList<>();

  @Override
  public synchronized void transitions(List<Transition> added) {
    transitions.addAll(added);
  }

  @Override
  public synchronized List<Transition> transitions(String pool, String backend, int limit) {
    return transitions.reversed().stream()
        .filter(t -> t.pool().equals(pool) && t.backend().equals(backend))
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized void minutes(List<Minute> added) {
    minutes.addAll(added);
  }

  @Override
  public synchronized List<Minute> minutes(String series, Instant since) {
    return minutes(since).stream().filter(minute -> minute.series().equals(series)).toList();
  }

  @Override
  public synchronized List<Minute> minutes(Instant since) {
    return minutes.stream().filter(minute -> !minute.minute().isBefore(since)).toList();
  }

  @Override
  public synchronized void forget(Instant transitionsBefore, Instant minutesBefore) {
    transitions.removeIf(transition -> transition.at().isBefore(transitionsBefore));
    minutes.removeIf(minute -> minute.minute().isBefore(minutesBefore));
  }
}
