package io.sluice.control;

import java.util.List;
import java.util.Map;

/**
 * What a change would do to the traffic of this moment.
 *
 * @param pools those that the change concerns
 * @param guards those that it violates; empty: none
 */
public record ImpactPreview(List<PoolImpact> pools, List<Guard> guards) {
  public ImpactPreview {
    pools = List.copyOf(pools);
    guards = List.copyOf(guards);
  }

  /**
   * A rule that protects traffic.
   *
   * @param code {@code last-backend} or {@code capacity}
   * @param pool whose traffic it protects
   * @param message what would happen and what can be done
   */
  public record Guard(String code, String pool, String message) {}

  /**
   * A pool before and after.
   *
   * @param eligibleBefore share of the pool's weight that takes requests, 0 to 1
   * @param eligibleAfter the same after the change, with health as it is now
   * @param expectedShare part of the pool's requests, 0 to 1, of each remaining backend, by id
   * @param expectedRps requests a second that each remaining backend can expect, by id
   * @param movedKeys share of hash keys that move to another backend, 0 to 1; 0 for algorithms
   *     without keys
   * @param requests in flight on backends that the change takes out of use, tunnels included
   */
  public record PoolImpact(
      String pool,
      double eligibleBefore,
      double eligibleAfter,
      Map<String, Double> expectedShare,
      Map<String, Double> expectedRps,
      double movedKeys,
      int requests) {
    public PoolImpact {
      expectedShare = Map.copyOf(expectedShare);
      expectedRps = Map.copyOf(expectedRps);
    }
  }
}
