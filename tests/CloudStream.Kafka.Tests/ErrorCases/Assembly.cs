using CloudStream.Kafka.Tests.ErrorCases;

[assembly: AssemblyFixture(typeof(ApacheKafka))]
