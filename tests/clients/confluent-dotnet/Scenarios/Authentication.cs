using Confluent.Kafka;

namespace ConfluentMatrix.Scenarios;

/// <summary>Who the client is, by SASL PLAIN.</summary>
internal static class Authentication
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(Broker open, string prefix)
    {
        var alice = new Broker(open.Bootstrap, config => Secure(config, "alice-secret"));
        string topic = $"{prefix}-authentication";
        await alice.CreateAsync(topic, 1);
        alice.Produce(topic, 0, 100);
        alice.ReadAll(topic, $"{topic}-reader", 100, 1);

        var told = new TaskCompletionSource<Error>(TaskCreationOptions.RunContinuationsAsynchronously);
        var wrong = new ProducerConfig { BootstrapServers = open.Bootstrap };
        Secure(wrong, "wrong");
        using IProducer<string, string> producer = new ProducerBuilder<string, string>(wrong).SetLogHandler((_, _) => { }).SetErrorHandler(
            (_, error) =>
            {
                if (error.Code == ErrorCode.Local_Authentication)
                    told.TrySetResult(error);
            }).Build();
        Error refused = await told.Task.WaitAsync(Limit);
        Check.That(refused.Reason.Contains("Invalid username or password", StringComparison.Ordinal),
            $"a wrong password is told as: {refused.Reason}");
    }

    private static void Secure(ClientConfig config, string password)
    {
        config.SecurityProtocol = SecurityProtocol.SaslPlaintext;
        config.SaslMechanism = SaslMechanism.Plain;
        config.SaslUsername = "alice";
        config.SaslPassword = password;
    }
}
