using Confluent.Kafka;

namespace ConfluentMatrix;

/// <summary>What a scenario asserts; each failure says what was expected.</summary>
internal static class Check
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static void That(bool condition, string what)
    {
        if (!condition)
            throw new InvalidOperationException(what);
    }

    public static void Same<T>(T expected, T actual, string what) =>
        That(EqualityComparer<T>.Default.Equals(expected, actual), $"{what}: expected {expected}, was {actual}");

    /// <summary>Asks until the answer is null; what it last answered is in the failure.</summary>
    public static async Task EventuallyAsync(Func<Task<string?>> ask, string what)
    {
        DateTime until = DateTime.UtcNow + Limit;
        string? seen;
        while ((seen = await ask()) is not null)
        {
            That(DateTime.UtcNow < until, $"{what}: not in time; last seen: {seen}");
            await Task.Delay(Pause);
        }
    }

    /// <summary>Fails unless the call is refused with <paramref name="code"/>, by itself or in one of its results.</summary>
    public static async Task RefusedAsync(ErrorCode code, Func<Task> call, string what)
    {
        try
        {
            await call();
        }
        catch (Exception e)
        {
            That(Codes(e).Contains(code), $"{what}: refused, but not with {code}: {e}");
            return;
        }

        That(false, $"{what}: was accepted");
    }

    private static IEnumerable<ErrorCode> Codes(Exception exception) => exception switch
    {
        Confluent.Kafka.Admin.CreateTopicsException e => e.Results.Select(r => r.Error.Code),
        Confluent.Kafka.Admin.DeleteTopicsException e => e.Results.Select(r => r.Error.Code),
        Confluent.Kafka.Admin.CreatePartitionsException e => e.Results.Select(r => r.Error.Code),
        Confluent.Kafka.Admin.DeleteRecordsException e => e.Results.Select(r => r.Error.Code),
        Confluent.Kafka.Admin.DeleteGroupsException e => e.Results.Select(r => r.Error.Code),
        Confluent.Kafka.Admin.IncrementalAlterConfigsException e => e.Results.Select(r => r.Error.Code),
        Confluent.Kafka.Admin.DescribeTopicsException e => e.Results.TopicDescriptions.Select(r => r.Error.Code),
        KafkaException e => [e.Error.Code],
        _ => [],
    };
}
