package io.sluice.admin;

import io.sluice.balance.PoolStatus;
import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.control.DataPlane;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the data plane observes, pool by pool: a page of a list asks for no more than it shows. */
final class Live {
  private final DataPlane dataPlane;

  Live(DataPlane dataPlane) {
    this.dataPlane = dataPlane;
  }

  @Nullable PoolStatus pool(String id) {
    return dataPlane.pool(id);
  }

  /** All of a pool that live, one for each address. */
  List<BackendStatus> all(String pool) {
    return dataPlane.backends(pool);
  }

  /**
   * Why an address that stands for others stands for none now; null: it does, or is no such one.
   */
  @Nullable String trouble(Address address) {
    return dataPlane.trouble(address);
  }

  OfPool of(String pool) {
    return new OfPool(dataPlane.backends(pool));
  }

  /** The backends of one pool at one moment. */
  static final class OfPool {
    private final List<BackendStatus> all;
    private final Map<String, BackendStatus> byId = new HashMap<>();

    OfPool(List<BackendStatus> all) {
      this.all = all;
      all.forEach(backend -> byId.put(backend.backend(), backend));
    }

    /** The live ones of a wanted backend: several when its address is a name. */
    List<BackendStatus> of(BackendSpec spec) {
      BackendStatus one = byId.get(spec.id());
      if (one != null) {
        return List.of(one);
      }
      String prefix = spec.id() + "-";
      return all.stream().filter(b -> b.backend().equals(prefix + dashed(b.address()))).toList();
    }

    private static String dashed(String address) {
      String id = address.replaceAll("[^A-Za-z0-9]+", "-");
      return id.startsWith("-") ? id.substring(1) : id;
    }

    boolean isEligible(BackendSpec spec) {
      return spec.adminState() == AdminState.READY
          && spec.weight() > 0
          && of(spec).stream().anyMatch(BackendStatus::eligible);
    }

    /** Its part of the pool's requests, as far as weights decide, 0 to 1. */
    private double weightShare(BackendSpec spec) {
      double share = of(spec).stream().mapToDouble(BackendStatus::share).sum();
      return isEligible(spec) ? Math.round(share * 10_000) / 10_000.0 : 0;
    }

    /** Without figures of traffic. */
    Map<String, @Nullable Object> status(BackendSpec spec) {
      List<BackendStatus> live = of(spec);
      Map<String, @Nullable Object> status = new LinkedHashMap<>();
      status.put("eligible", isEligible(spec));
      status.put("weightShare", weightShare(spec));
      if (live.size() == 1 && live.getFirst().backend().equals(spec.id())) {
        observed(status, live.getFirst());
      } else {
        // One name stands for several machines: each is well or not for itself.
        status.put("active", live.stream().mapToInt(BackendStatus::requests).sum());
        status.put("tunnels", live.stream().mapToInt(BackendStatus::tunnels).sum());
        status.put("addresses", live.stream().map(OfPool::address).toList());
      }
      return status;
    }

    private static Map<String, @Nullable Object> address(BackendStatus backend) {
      Map<String, @Nullable Object> view = new LinkedHashMap<>();
      view.put("id", backend.backend());
      view.put("address", backend.address());
      view.put("adminState", Views.word(backend.adminState()));
      observed(view, backend);
      return view;
    }

    static void observed(Map<String, @Nullable Object> view, BackendStatus backend) {
      Map<String, @Nullable Object> health = new LinkedHashMap<>();
      health.put("state", Views.word(backend.health().state()));
      health.put("since", IsoTimes.text(backend.health().since()));
      health.put("reason", backend.health().reason());
      view.put("health", health);
      if (backend.ejection().isEjected()) {
        Map<String, @Nullable Object> ejection = new LinkedHashMap<>();
        ejection.put("until", IsoTimes.text(backend.ejection().until()));
        ejection.put("reason", backend.ejection().reason());
        view.put("ejection", ejection);
      } else {
        view.put("ejection", null);
      }
      view.put("active", backend.requests());
      view.put("tunnels", backend.tunnels());
    }

    /** Whether a backend is in one of these states: of intent, of health, or ejected. */
    boolean isIn(BackendSpec spec, List<String> wanted) {
      return states(spec).stream().anyMatch(wanted::contains);
    }

    /** Every word that fits a backend. */
    Set<String> states(BackendSpec spec) {
      Set<String> states = new LinkedHashSet<>();
      states.add(Views.word(spec.adminState()));
      states.add(isEligible(spec) ? "eligible" : "ineligible");
      for (BackendStatus backend : of(spec)) {
        states.add(Views.word(backend.health().state()));
        if (backend.ejection().isEjected()) {
          states.add("ejected");
        }
      }
      return states;
    }
  }
}
