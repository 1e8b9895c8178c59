package io.sluice.discovery;

import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointConditions;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.ForZone;
import io.netty.util.NetUtil;
import io.sluice.config.Address;
import io.sluice.config.BackendSpec.AdminState;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the EndpointSlices of a Service say, read as kube-proxy reads them: absent conditions mean
 * ready, an endpoint may stand in several slices, only its first address counts, and hints hold
 * only when every ready endpoint has some.
 *
 * @param endpoints in a stable order, none twice
 * @param remark why there are fewer than an operator expects; null: all is as it should be
 */
record ServiceSlices(List<DiscoveredEndpoint> endpoints, @Nullable String remark) {
  /** Of Sluice's own zone, or of any when zones do not matter. */
  private static final int NEAR = 0;

  private static final int FAR = 1;

  /**
   * Pods that end stand behind all others: each has a successor, so they are no capacity that is
   * missing from their tier.
   */
  private static final int ENDING = 2;

  private static final Comparator<DiscoveredEndpoint> ORDER =
      Comparator.comparing((DiscoveredEndpoint e) -> e.address().getHostAddress())
          .thenComparingInt(DiscoveredEndpoint::port);

  private record Place(InetAddress address, int port) {}

  /** An endpoint at a place, before zones are looked at. */
  private record Candidate(Place place, Endpoint endpoint, AdminState state, boolean ends) {}

  /**
   * Reads slices.
   *
   * @param zone that Sluice is in; null: unknown, and zones do not matter
   */
  static ServiceSlices of(
      Collection<EndpointSlice> slices, Address.Kubernetes service, @Nullable String zone) {
    if (slices.isEmpty()) {
      return new ServiceSlices(
          List.of(),
          "stands for nothing: there is no such Service, or it has no selector and no"
              + " EndpointSlices of its own; see kubectl get service,endpointslices");
    }
    String port = service.port();
    Map<String, Integer> offered = offered(slices);
    if (port == null && offered.size() > 1) {
      return new ServiceSlices(
          List.of(),
          "has several ports, %s; write one of them behind a colon".formatted(names(offered)));
    }
    List<Candidate> candidates = new ArrayList<>(candidates(slices, port).values());
    boolean v4 = candidates.stream().anyMatch(c -> c.place.address instanceof Inet4Address);
    candidates.removeIf(c -> v4 && !(c.place.address instanceof Inet4Address));
    boolean hinted = zone != null && hintsHold(candidates, zone);
    List<DiscoveredEndpoint> endpoints =
        candidates.stream().map(c -> endpoint(c, hinted ? zone : null)).sorted(ORDER).toList();
    return new ServiceSlices(endpoints, remark(endpoints, service, offered));
  }

  private static @Nullable String remark(
      List<DiscoveredEndpoint> endpoints, Address.Kubernetes service, Map<String, Integer> ports) {
    if (!endpoints.isEmpty()) {
      return null;
    }
    boolean unknownPort = service.port() != null && !ports.isEmpty();
    return unknownPort && !has(ports, String.valueOf(service.port()))
        ? "has no port %s; it has %s".formatted(service.port(), names(ports))
        : "has no pods: none fits the Service's selector";
  }

  private static boolean has(Map<String, Integer> ports, String wanted) {
    return ports.containsKey(wanted)
        || ports.values().stream().anyMatch(number -> wanted.equals(String.valueOf(number)));
  }

  /** The ports that slices have, by name; the name of a Service's only port may be empty. */
  private static Map<String, Integer> offered(Collection<EndpointSlice> slices) {
    Map<String, Integer> offered = new TreeMap<>();
    for (EndpointSlice slice : slices) {
      for (EndpointPort port : slice.getPorts()) {
        if (isTcp(port)) {
          offered.put(
              port.getName() == null ? "" : port.getName(),
              port.getPort() == null ? 0 : port.getPort());
        }
      }
    }
    return offered;
  }

  private static String names(Map<String, Integer> ports) {
    List<String> names = new ArrayList<>();
    ports.forEach(
        (name, number) ->
            names.add(name.isEmpty() ? number.toString() : name + " (" + number + ")"));
    return String.join(", ", names);
  }

  private static boolean isTcp(EndpointPort port) {
    return port.getProtocol() == null || port.getProtocol().equals("TCP");
  }

  /** Each endpoint once: of two that are told differently of, the better is believed. */
  private static Map<Place, Candidate> candidates(
      Collection<EndpointSlice> slices, @Nullable String port) {
    Map<Place, Candidate> candidates = new LinkedHashMap<>();
    for (EndpointSlice slice : slices) {
      if (!"IPv4".equals(slice.getAddressType()) && !"IPv6".equals(slice.getAddressType())) {
        continue; // FQDN, which no controller makes and kube-proxy passes over too
      }
      for (int number : numbers(slice, port)) {
        for (Endpoint endpoint : slice.getEndpoints()) {
          InetAddress address = address(endpoint);
          if (address != null) {
            Place place = new Place(address, number);
            candidates.merge(place, candidate(place, endpoint), ServiceSlices::better);
          }
        }
      }
    }
    return candidates;
  }

  private static Candidate better(Candidate one, Candidate other) {
    return other.state.compareTo(one.state) < 0 ? other : one;
  }

  /** What a slice calls that port; normally one number, none when it does not have it. */
  private static List<Integer> numbers(EndpointSlice slice, @Nullable String wanted) {
    List<Integer> numbers = new ArrayList<>();
    boolean numeric = wanted != null && wanted.chars().allMatch(Character::isDigit);
    for (EndpointPort port : slice.getPorts()) {
      Integer number = port.getPort();
      boolean fits =
          wanted == null
              || wanted.equals(port.getName())
              || numeric && (number == null || wanted.equals(number.toString()));
      if (isTcp(port) && fits && (number != null || numeric)) {
        numbers.add(number == null ? Integer.valueOf(wanted) : number);
      }
    }
    return numbers.stream().distinct().toList();
  }

  private static @Nullable InetAddress address(Endpoint endpoint) {
    String text = endpoint.getAddresses().isEmpty() ? "" : endpoint.getAddresses().getFirst();
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text);
    try {
      return bytes == null ? null : InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an IP literal has a legal length", e);
    }
  }

  private static Candidate candidate(Place place, Endpoint endpoint) {
    EndpointConditions conditions = endpoint.getConditions();
    boolean ready = conditions == null || isTrue(conditions.getReady(), true);
    boolean serving = conditions == null ? ready : isTrue(conditions.getServing(), ready);
    boolean ends = conditions != null && isTrue(conditions.getTerminating(), false);
    AdminState state;
    if (ends) {
      // Ready while it ends says a Service that publishes what is not ready: it ends all the same.
      state = serving || ready ? AdminState.DRAIN : AdminState.MAINT;
    } else {
      state = ready ? AdminState.READY : AdminState.MAINT;
    }
    return new Candidate(place, endpoint, state, ends);
  }

  private static boolean isTrue(@Nullable Boolean condition, boolean otherwise) {
    return condition == null ? otherwise : condition;
  }

  /** Whether hints say where requests of this zone should go, for every endpoint that is ready. */
  private static boolean hintsHold(List<Candidate> candidates, String zone) {
    boolean own = false;
    for (Candidate candidate : candidates) {
      if (candidate.state == AdminState.READY) {
        List<String> zones = hints(candidate.endpoint);
        if (zones.isEmpty()) {
          return false;
        }
        own |= zones.contains(zone);
      }
    }
    return own;
  }

  private static List<String> hints(Endpoint endpoint) {
    return endpoint.getHints() == null
        ? List.of()
        : endpoint.getHints().getForZones().stream().map(ForZone::getName).toList();
  }

  private static DiscoveredEndpoint endpoint(Candidate candidate, @Nullable String zone) {
    Endpoint endpoint = candidate.endpoint;
    int priority = zone == null || hints(endpoint).contains(zone) ? NEAR : FAR;
    Map<String, String> labels = new HashMap<>();
    put(labels, "zone", endpoint.getZone());
    put(labels, "node", endpoint.getNodeName());
    ObjectReference target = endpoint.getTargetRef();
    if (target != null && "Pod".equals(target.getKind())) {
      put(labels, "pod", target.getName());
    }
    return new DiscoveredEndpoint(
        candidate.place.address,
        candidate.place.port,
        1,
        candidate.ends ? ENDING : priority,
        candidate.state,
        labels);
  }

  private static void put(Map<String, String> labels, String name, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      labels.put(name, value);
    }
  }
}
