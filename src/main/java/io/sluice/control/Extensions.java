package io.sluice.control;

import io.sluice.balance.Algorithms;
import io.sluice.balance.Balancer;
import io.sluice.proxy.RequestFilter;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Filters and balancers by the names that the configuration uses: what is built in, and what jars
 * in the extension directory bring. Every jar has a class loader of its own, so that two may bring
 * different versions of a library; classes of Sluice and of what it is made of come from Sluice.
 */
public final class Extensions implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Extensions.class);
  private static final Pattern NAME = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");

  private final Kind<Balancer.Factory> balancers =
      new Kind<>("balancer", Balancer.Factory.class, Balancer.Factory::name);
  private final Kind<RequestFilter.Factory> filters =
      new Kind<>("filter", RequestFilter.Factory.class, RequestFilter.Factory::name);
  private final List<URLClassLoader> loaders = new ArrayList<>();

  /** What can be brought, and what has been. */
  private record Kind<F>(
      String title, Class<F> type, Function<F, String> naming, Map<String, Found<F>> found) {
    Kind(String title, Class<F> type, Function<F, String> naming) {
      this(title, type, naming, new TreeMap<>());
    }

    @Nullable F get(String name) {
      Found<F> entry = found.get(name);
      return entry == null ? null : entry.factory;
    }
  }

  private record Found<F>(@Nullable String name, F factory, String origin) {}

  private Extensions() {
    for (Balancer.Factory own : Algorithms.builtIn()) {
      balancers.found.put(own.name(), new Found<>(own.name(), own, "Sluice itself"));
    }
  }

  /** Only what is built in. */
  public static Extensions none() {
    return new Extensions();
  }

  /**
   * Loads every {@code *.jar} of a directory in the order of their names and asks {@link
   * ServiceLoader} for {@code RequestFilter.Factory} and {@code Balancer.Factory}.
   *
   * @param directory need not exist: then there is only what is built in
   * @throws DataPlaneException when the directory or a jar cannot be read, a provider fails, or a
   *     name is malformed or taken
   */
  public static Extensions load(Path directory) {
    Extensions extensions = new Extensions();
    boolean complete = false;
    try {
      for (Path jar : jars(directory)) {
        extensions.add(jar);
      }
      complete = true;
      return extensions;
    } finally {
      if (!complete) {
        extensions.close();
      }
    }
  }

  private static List<Path> jars(Path directory) {
    if (Files.notExists(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(f -> f.getFileName().toString().endsWith(".jar")).sorted().toList();
    } catch (IOException e) {
      throw new DataPlaneException(
          "extensions: cannot list "
              + directory
              + " ("
              + describe(e)
              + "). Make it a directory that Sluice's user may read, or point"
              + " sluice.extensions.path elsewhere",
          e);
    }
  }

  private void add(Path jar) {
    URLClassLoader loader = open(jar);
    if (addAll(jar, loader, balancers) + addAll(jar, loader, filters) == 0) {
      log.warn(
          "extensions: {} brings no filter and no balancer. Name its factories in"
              + " META-INF/services/{} or META-INF/services/{}, or remove the jar",
          jar,
          filters.type.getName(),
          balancers.type.getName());
    }
  }

  private URLClassLoader open(Path jar) {
    // A class loader passes over a jar that it cannot read without a word.
    try (JarFile readable = new JarFile(jar.toFile())) {
      URL[] urls = {jar.toUri().toURL()};
      // Not the system's loader: started from one jar with all its libraries inside, that one does
      // not know Sluice's own classes.
      ClassLoader parent = Extensions.class.getClassLoader();
      URLClassLoader loader = new URLClassLoader(jar.getFileName().toString(), urls, parent);
      loaders.add(loader);
      log.debug("extensions: {} has {} entries", jar, readable.size());
      return loader;
    } catch (IOException e) {
      throw new DataPlaneException(
          "extensions: cannot read "
              + jar
              + " ("
              + describe(e)
              + "). Replace it by a jar that is whole and that Sluice's user may read, or remove"
              + " it",
          e);
    }
  }

  private static <F> int addAll(Path jar, URLClassLoader loader, Kind<F> kind) {
    List<Found<F>> brought = new ArrayList<>();
    try {
      for (ServiceLoader.Provider<F> provider :
          ServiceLoader.load(kind.type, loader).stream().toList()) {
        // The loader's parent is asked too, and brings what is not this jar's.
        if (provider.type().getClassLoader() == loader) {
          F factory = provider.get();
          brought.add(new Found<>(kind.naming.apply(factory), factory, jar.toString()));
        }
      }
    } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
      throw new DataPlaneException(
          "extensions: a "
              + kind.title
              + " of "
              + jar
              + " cannot be loaded: "
              + describe(e)
              + ". Build the jar against this version of Sluice and check its META-INF/services/"
              + kind.type.getName()
              + ", or remove it",
          e);
    }
    brought.forEach(b -> add(kind, b));
    return brought.size();
  }

  private static <F> void add(Kind<F> kind, Found<F> brought) {
    String name = brought.name;
    String subject =
        "extensions: the name '"
            + name
            + "' of the "
            + kind.title
            + " "
            + brought.factory.getClass().getName()
            + " in "
            + brought.origin;
    if (name == null || !NAME.matcher(name).matches()) {
      throw new DataPlaneException(
          subject
              + " is not made of lower-case letters, digits and single dashes between them. Let"
              + " its name() return something like 'api-key'");
    }
    Found<F> other = kind.found.putIfAbsent(name, brought);
    if (other != null) {
      throw new DataPlaneException(
          subject
              + " is taken by a "
              + kind.title
              + " of "
              + other.origin
              + ". Give one of them another name, or remove its jar");
    }
    log.info("extensions: {} '{}' from {}", kind.title, name, brought.origin);
  }

  /** A failure and what caused it, as far as it says something new. */
  private static String describe(Throwable failure) {
    StringBuilder text = new StringBuilder(failure.toString());
    for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      text.append(", caused by ").append(cause);
    }
    return text.toString();
  }

  /** The balancer with this name; null when there is none. */
  Balancer.@Nullable Factory balancer(String name) {
    return balancers.get(name);
  }

  /** The filter with this name; null when there is none. */
  RequestFilter.@Nullable Factory filter(String name) {
    return filters.get(name);
  }

  /** Names of all balancers, sorted. */
  List<String> balancerNames() {
    return List.copyOf(balancers.found.keySet());
  }

  /** Names of all filters, sorted. */
  List<String> filterNames() {
    return List.copyOf(filters.found.keySet());
  }

  /** Closes the jars; their filters and balancers must not be in use any more. */
  @Override
  public void close() {
    for (URLClassLoader loader : loaders) {
      try {
        loader.close();
      } catch (IOException e) {
        log.warn("extensions: closing {} fails: {}", loader.getName(), describe(e));
      }
    }
  }
}
