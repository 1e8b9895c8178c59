package io.sluice.telemetry;

import java.time.Instant;
import java.util.List;

/**
 * Where figures by the minute are kept over a restart. Called on a thread of its own, one call at a
 * time; may block. What it throws is logged, and the minutes of that call are not kept.
 */
@FunctionalInterface
public interface MinuteSink {

  /** Keeps nothing. */
  MinuteSink NONE = minutes -> {};

  /**
   * One minute of one series.
   *
   * @param minute its begin
   * @param series as {@link Statistics.Series#key} names it
   * @param figures to be given to {@link Statistics#load} unchanged
   */
  record Minute(Instant minute, String series, String figures) {}

  /**
   * A minute has ended: all series that had traffic in it. One that was given before is replaced.
   */
  void minutes(List<Minute> minutes);
}
