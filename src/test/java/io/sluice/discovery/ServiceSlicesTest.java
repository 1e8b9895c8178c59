package io.sluice.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.sluice.config.Address;
import io.sluice.config.BackendSpec.AdminState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What EndpointSlices mean, each by the rule of the API or of kube-proxy that it follows. */
class ServiceSlicesTest {
  private static final Address.Kubernetes WEB = service("http");

  private static Address.Kubernetes service(@Nullable String port) {
    return new Address.Kubernetes("shop", "web", port);
  }

  private static EndpointSlice slice(String family, Endpoint... endpoints) {
    return new EndpointSliceBuilder()
        .withAddressType(family)
        .addNewPort()
        .withName("http")
        .withPort(8080)
        .withProtocol("TCP")
        .endPort()
        .withEndpoints(endpoints)
        .build();
  }

  private static EndpointSlice slice(Endpoint... endpoints) {
    return slice("IPv4", endpoints);
  }

  private static Endpoint pod(String address) {
    return new EndpointBuilder().withAddresses(address).build();
  }

  private static Endpoint pod(
      String address,
      @Nullable Boolean ready,
      @Nullable Boolean serving,
      @Nullable Boolean terminating) {
    return new EndpointBuilder(pod(address)).withNewConditions(ready, serving, terminating).build();
  }

  private static Endpoint hinted(String address, String... zones) {
    EndpointBuilder builder = new EndpointBuilder(pod(address)).withNewHints().endHints();
    List<String> all = new ArrayList<>(Arrays.asList(zones));
    var hints = builder.editHints();
    all.forEach(zone -> hints.addNewForZone(zone));
    return hints.endHints().build();
  }

  private static ServiceSlices of(EndpointSlice... slices) {
    return ServiceSlices.of(List.of(slices), WEB, null);
  }

  private static List<String> places(ServiceSlices found) {
    return found.endpoints().stream()
        .map(e -> e.address().getHostAddress() + ":" + e.port())
        .toList();
  }

  private static List<AdminState> states(ServiceSlices found) {
    return found.endpoints().stream().map(DiscoveredEndpoint::state).toList();
  }

  private static List<Integer> priorities(ServiceSlices found) {
    return found.endpoints().stream().map(DiscoveredEndpoint::priority).toList();
  }

  @Test
  void everyEndpointOfEverySliceIsOneWithItsSlicesPort() {
    ServiceSlices found = of(slice(pod("10.0.0.2"), pod("10.0.0.1")), slice(pod("10.0.0.3")));
    assertThat(places(found)).containsExactly("10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:8080");
    assertThat(states(found)).containsOnly(AdminState.READY);
    assertThat(found.remark()).isNull();
  }

  @Test
  void conditionsThatAreAbsentMeanReady() {
    assertThat(states(of(slice(pod("10.0.0.1"), pod("10.0.0.2", null, null, null)))))
        .containsExactly(AdminState.READY, AdminState.READY);
  }

  @Test
  void aPodThatEndsAndServesDrainsAndOneThatDoesNotServeIsOut() {
    ServiceSlices found =
        of(
            slice(
                pod("10.0.0.1", true, true, false),
                pod("10.0.0.2", false, true, true),
                pod("10.0.0.3", false, false, true),
                pod("10.0.0.4", false, false, false),
                pod("10.0.0.5", false, null, true)));
    assertThat(states(found))
        .containsExactly(
            AdminState.READY,
            AdminState.DRAIN,
            AdminState.MAINT,
            AdminState.MAINT,
            AdminState.MAINT);
  }

  @Test
  void podsThatEndAreNoMissingCapacityOfTheirTierAndPodsThatAreNotReadyAre() {
    assertThat(
            priorities(
                of(
                    slice(
                        pod("10.0.0.1", true, true, false),
                        pod("10.0.0.2", false, true, true),
                        pod("10.0.0.3", false, false, false)))))
        .containsExactly(0, 2, 0);
  }

  @Test
  void aServiceThatPublishesPodsThatAreNotReadyGetsThemUntilTheyEnd() {
    assertThat(
            states(
                of(slice(pod("10.0.0.1", true, false, false), pod("10.0.0.2", true, false, true)))))
        .containsExactly(AdminState.READY, AdminState.DRAIN);
  }

  @Test
  void anEndpointInSeveralSlicesIsOneAndTheBetterWordIsBelieved() {
    ServiceSlices found =
        of(slice(pod("10.0.0.1", false, true, true)), slice(pod("10.0.0.1", true, true, false)));
    assertThat(places(found)).containsExactly("10.0.0.1:8080");
    assertThat(states(found)).containsExactly(AdminState.READY);
  }

  @Test
  void aPodWithBothFamiliesCountsOnce() {
    assertThat(places(of(slice("IPv6", pod("fd00::1")), slice(pod("10.0.0.1")))))
        .containsExactly("10.0.0.1:8080");
    assertThat(places(of(slice("IPv6", pod("fd00::1")))))
        .containsExactly("fd00:0:0:0:0:0:0:1:8080");
  }

  @Test
  void onlyTheFirstAddressCountsAndNamesAreNone() {
    Endpoint two = new EndpointBuilder().withAddresses("10.0.0.1", "10.0.0.9").build();
    assertThat(places(of(slice(two), slice("FQDN", pod("web.example.com")))))
        .containsExactly("10.0.0.1:8080");
  }

  @Test
  void aPortIsFoundByNameByNumberOrAsTheOnlyOne() {
    EndpointSlice named =
        new EndpointSliceBuilder(slice(pod("10.0.0.1")))
            .addNewPort()
            .withName("metrics")
            .withPort(9090)
            .endPort()
            .build();
    assertThat(places(ServiceSlices.of(List.of(named), service("metrics"), null)))
        .containsExactly("10.0.0.1:9090");
    assertThat(places(ServiceSlices.of(List.of(named), service("8080"), null)))
        .containsExactly("10.0.0.1:8080");
    assertThat(ServiceSlices.of(List.of(named), service(null), null).remark())
        .isEqualTo(
            "has several ports, http (8080), metrics (9090); write one of them behind a colon");
    assertThat(places(ServiceSlices.of(List.of(slice(pod("10.0.0.1"))), service(null), null)))
        .containsExactly("10.0.0.1:8080");
  }

  @Test
  void podsOfTwoVersionsMayListenOnDifferentPortsOfOneName() {
    EndpointSlice older =
        new EndpointSliceBuilder()
            .withAddressType("IPv4")
            .addNewPort()
            .withName("http")
            .withPort(80)
            .endPort()
            .withEndpoints(pod("10.0.0.2"))
            .build();
    assertThat(places(of(slice(pod("10.0.0.1")), older)))
        .containsExactly("10.0.0.1:8080", "10.0.0.2:80");
  }

  @Test
  void aPortWithoutANumberHasTheWantedOne() {
    EndpointSlice any =
        new EndpointSliceBuilder()
            .withAddressType("IPv4")
            .addNewPort()
            .endPort()
            .withEndpoints(pod("10.0.0.1"))
            .build();
    assertThat(places(ServiceSlices.of(List.of(any), service("8443"), null)))
        .containsExactly("10.0.0.1:8443");
  }

  @Test
  void udpIsNoPortForHttp() {
    EndpointSlice dns =
        new EndpointSliceBuilder()
            .withAddressType("IPv4")
            .addNewPort()
            .withName("http")
            .withProtocol("UDP")
            .withPort(53)
            .endPort()
            .withEndpoints(pod("10.0.0.1"))
            .build();
    assertThat(places(of(dns))).isEmpty();
  }

  @Test
  void whateverIsMissingIsSaid() {
    assertThat(of().remark()).startsWith("stands for nothing: there is no such Service");
    assertThat(of(slice()).remark()).startsWith("has no pods");
    assertThat(ServiceSlices.of(List.of(slice(pod("10.0.0.1"))), service("https"), null).remark())
        .isEqualTo("has no port https; it has http (8080)");
  }

  @Test
  void hintsPutTheOwnZoneBeforeTheOthers() {
    List<EndpointSlice> slices =
        List.of(slice(hinted("10.0.0.1", "a"), hinted("10.0.0.2", "b"), hinted("10.0.0.3", "a")));
    assertThat(priorities(ServiceSlices.of(slices, WEB, "b"))).containsExactly(1, 0, 1);
    assertThat(priorities(ServiceSlices.of(slices, WEB, null)))
        .as("without a zone of its own")
        .containsOnly(0);
    assertThat(priorities(ServiceSlices.of(slices, WEB, "c")))
        .as("no endpoint is for that zone")
        .containsOnly(0);
  }

  @Test
  void hintsHoldOnlyWhenEveryReadyEndpointHasSome() {
    EndpointSlice partly = slice(hinted("10.0.0.1", "a"), pod("10.0.0.2"));
    assertThat(priorities(ServiceSlices.of(List.of(partly), WEB, "a"))).containsOnly(0);
    EndpointSlice ready = slice(hinted("10.0.0.1", "a"), pod("10.0.0.2", false, false, false));
    assertThat(priorities(ServiceSlices.of(List.of(ready), WEB, "a"))).containsExactly(0, 1);
  }

  @Test
  void zoneNodeAndPodAreLabels() {
    Endpoint endpoint =
        new EndpointBuilder(pod("10.0.0.1"))
            .withZone("a")
            .withNodeName("n1")
            .withNewTargetRef()
            .withKind("Pod")
            .withName("web-7d-x")
            .endTargetRef()
            .build();
    assertThat(of(slice(endpoint)).endpoints().getFirst().labels())
        .isEqualTo(Map.of("zone", "a", "node", "n1", "pod", "web-7d-x"));
  }
}
