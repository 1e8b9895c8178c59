package io.sluice.process;

import java.lang.reflect.Proxy;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What signals mean once the process serves: SIGTERM (and SIGHUP) an orderly stop, SIGINT the end
 * at once. Before that the JVM's own meaning holds, which is to end.
 */
final class Signals {
  private static final Logger log = LoggerFactory.getLogger(Signals.class);

  private Signals() {}

  /**
   * Installs both.
   *
   * @param orderly run on a thread of its own; the process ends with 0 when it returns
   * @param atOnce run on a thread of its own before the process ends with 130; must be quick
   * @return takes the orderly stop back, for a start that fails after all; false when it is already
   *     under way and will end the process
   */
  static BooleanSupplier install(Runnable orderly, Runnable atOnce) {
    // The JVM turns SIGTERM into its shutdown hooks and would then report 143. An orderly stop is a
    // success, and halt is the one way left to say so: exit blocks once the shutdown has begun.
    Thread hook =
        new Thread(
            () -> {
              orderly.run();
              Runtime.getRuntime().halt(ExitCode.OK.value());
            },
            "sluice-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    onInterrupt(
        () -> {
          atOnce.run();
          Runtime.getRuntime().halt(ExitCode.INTERRUPTED.value());
        });
    return () -> takeBack(hook);
  }

  private static boolean takeBack(Thread hook) {
    try {
      return Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      log.debug("the stop is under way", e);
      return false;
    }
  }

  /**
   * The JDK has no other way than {@code sun.misc.Signal} to tell SIGINT from SIGTERM. It is
   * reached by reflection because javac warns about every mention of it and cannot be told not to.
   */
  private static void onInterrupt(Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                action.run();
                return null;
              });
      Object interrupt = signal.getConstructor(String.class).newInstance("INT");
      signal.getMethod("handle", signal, handler).invoke(null, interrupt, proxy);
    } catch (ReflectiveOperationException e) {
      // With -Xrs the JVM leaves signals alone: SIGINT then ends the process without our help.
      log.debug("SIGINT keeps its default meaning", e);
    }
  }
}
