package io.sluice.balance;

class RoundRobinContractTest extends BalancerContract {
  @Override
  String algorithm() {
    return "round-robin";
  }

  @Override
  double tolerance() {
    return 0.001;
  }
}
