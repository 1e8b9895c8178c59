package io.sluice.admin;

import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;

/** The beans that need something to manage: every component of this package. */
@Configuration(proxyBeanMethods = false)
@ComponentScan
class ManagementApplication {}
