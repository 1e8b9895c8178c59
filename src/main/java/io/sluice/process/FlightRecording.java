package io.sluice.process;

import jdk.jfr.FlightRecorder;

/**
 * Whether Flight Recorder is at work. It stops threads by SIGUSR2; where the JVM has given that
 * signal to us, each of its samples would look like an operator's.
 */
final class FlightRecording {
  private FlightRecording() {}

  static boolean isOn() {
    return ModuleLayer.boot().findModule("jdk.jfr").isPresent() && Recorder.isInitialized();
  }

  /** Apart, because the JDK of an image may have been made without the recorder. */
  private static final class Recorder {
    static boolean isInitialized() {
      return FlightRecorder.isInitialized();
    }
  }
}
