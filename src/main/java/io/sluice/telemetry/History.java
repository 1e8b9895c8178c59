package io.sluice.telemetry;

import io.sluice.telemetry.MinuteSink.Minute;
import io.sluice.telemetry.Statistics.Series;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The figures of all series that had traffic within a day. Written by the collector, read by
 * whoever asks.
 *
 * <p>After a busy day a backend takes about 100 kB with 5 requests a second, 220 kB with 50 and 330
 * kB with 300 (of log-normal latencies), so 1,000 backends with 50 requests a second take 220 MB.
 * Memory is bounded by a budget: when the figures take more, those of backends are kept for a
 * shorter time, hour by hour, while pools, routes and the total keep theirs.
 */
final class History {
  private static final Logger log = LoggerFactory.getLogger(Statistics.class);

  private static final int HOURS = (int) Statistics.MINUTES.toHours();
  private static final int MINUTE = SeriesHistory.MINUTE_SECONDS;

  /** Seconds that are kept: a minute more than promised, for steps that begin before. */
  static final int SECONDS = (int) Statistics.SECONDS.toSeconds() + MINUTE;

  /** Minutes that are kept: an hour more than promised, for steps that begin before. */
  static final int MINUTES = (int) Statistics.MINUTES.toMinutes() + MINUTE;

  private static final long MIB = 1 << 20;
  private static final long MOST_BYTES = 256 * MIB;
  private static final int HEAP_PART = 8;

  /** First of the figures' text; another form would begin with another one. */
  private static final char FORM = '1';

  private final long budget;
  private final Map<Series, SeriesHistory> kept = new ConcurrentHashMap<>();
  private final WarningPace pace = new WarningPace();
  private final Numbers scratch = new Numbers();
  private int hours = HOURS;

  /** The minute in progress; before the first second any. */
  private long minute = Long.MIN_VALUE;

  /**
   * Nothing kept yet.
   *
   * @param budget most bytes that are kept, roughly
   */
  History(long budget) {
    this.budget = budget;
  }

  /** An eighth of the heap, at most 256 MiB. */
  static long defaultBudget() {
    return Math.min(MOST_BYTES, Runtime.getRuntime().maxMemory() / HEAP_PART);
  }

  /** What is kept of a series; null: nothing. Any thread. */
  @Nullable SeriesHistory find(Series series) {
    return kept.get(series);
  }

  private SeriesHistory of(Series series) {
    return kept.computeIfAbsent(series, s -> new SeriesHistory(s.hashCode()));
  }

  /** Adds a second of a series. */
  void add(Series series, long second, Figures figures) {
    of(series).add(second, figures, scratch);
  }

  /**
   * Ends the minute in progress when this second is not in it.
   *
   * @param shift what the wall clock is ahead, in seconds
   * @param to is added the minute's figures
   */
  void endMinutesBefore(long second, long shift, List<Minute> to) {
    long now = Math.floorDiv(second, MINUTE);
    if (now > minute) {
      if (minute != Long.MIN_VALUE) {
        Instant at = label(shift);
        kept.forEach(
            (series, history) -> {
              if (history.endMinute(minute, scratch)) {
                to.add(new Minute(at, series.key(), text(scratch)));
              }
            });
        forget(second);
      }
      minute = now;
    }
  }

  /** Gives the minute in progress as it is. */
  void readMinute(long shift, List<Minute> to) {
    Instant at = label(shift);
    kept.forEach(
        (series, history) -> {
          if (history.readMinute(minute, scratch)) {
            to.add(new Minute(at, series.key(), text(scratch)));
          }
        });
  }

  private Instant label(long shift) {
    return Instant.ofEpochSecond(Math.floorDiv(minute * MINUTE + shift, MINUTE) * MINUTE);
  }

  private static String text(Numbers figures) {
    return FORM + Base64.getUrlEncoder().withoutPadding().encodeToString(figures.toBytes());
  }

  /**
   * Continues from before a restart.
   *
   * @param now the minute in progress
   */
  void load(List<Minute> minutes, long now) {
    minute = now;
    int unreadable = 0;
    String first = "";
    for (Minute m : minutes.stream().sorted(Comparator.comparing(Minute::minute)).toList()) {
      long number = Math.floorDiv(m.minute().getEpochSecond(), MINUTE);
      if (number > now - MINUTES && number <= now) {
        try {
          load(m, number);
        } catch (IllegalArgumentException e) {
          first = unreadable++ == 0 ? m.series() + " of " + m.minute() + ": " + e : first;
        }
      }
    }
    if (unreadable > 0) {
      log.warn(
          "statistics: {} of the stored minutes cannot be read and are left out, first {}",
          unreadable,
          first);
    }
  }

  private void load(Minute m, long number) {
    if (m.figures().isEmpty() || m.figures().charAt(0) != FORM) {
      throw new IllegalArgumentException("the figures have a form that is unknown here");
    }
    byte[] figures = Base64.getUrlDecoder().decode(m.figures().substring(1));
    of(Series.parse(m.series())).load(number, figures, minute);
  }

  private void forget(long second) {
    long held = 0;
    Iterator<Map.Entry<Series, SeriesHistory>> all = kept.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<Series, SeriesHistory> entry = all.next();
      int part = entry.getKey() instanceof Series.OfBackend ? hours : HOURS;
      SeriesHistory history = entry.getValue();
      history.forget(
          second - Math.max(MINUTE, SECONDS * part / HOURS),
          Math.floorDiv(second, MINUTE) - (long) MINUTES * part / HOURS);
      if (history.isEmpty()) {
        all.remove();
      } else {
        held += history.bytes();
      }
    }
    adjust(held);
  }

  private void adjust(long held) {
    if (held > budget && hours > 1) {
      hours--;
      if (pace.permits(System.nanoTime())) {
        log.info(
            "statistics: figures take {} MiB, {} MiB are allowed: those of backends are kept for"
                + " {} h",
            held / MIB,
            budget / MIB,
            hours);
      }
    } else if (held < budget / 4 * 3 && hours < HOURS) {
      hours++;
    }
  }

  /** Memory of what is kept, in bytes. Any thread. */
  long bytes() {
    return kept.values().stream().mapToLong(SeriesHistory::bytes).sum();
  }

  /** How many series something is kept of. Any thread. */
  int size() {
    return kept.size();
  }
}
