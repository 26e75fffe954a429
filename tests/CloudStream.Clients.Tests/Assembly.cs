using CloudStream.Clients.Tests;
using CloudStream.Clients.Tests.Broker;

// One broker for all. Two clients at a time: most of a scenario is waiting, and a client that has to be built first must not hold up the
// others.
[assembly: AssemblyFixture(typeof(BrokerUnderTest))]
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
[assembly: TestCollectionOrderer(typeof(SlowestFirst))]
