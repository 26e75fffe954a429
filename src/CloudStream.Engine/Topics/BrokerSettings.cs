namespace CloudStream.Engine.Topics;

/// <summary>Broker settings under Kafka's names, as <c>--set NAME=VALUE</c> takes them: defaults for topics and the broker's own limits.</summary>
public static class BrokerSettings
{
}
