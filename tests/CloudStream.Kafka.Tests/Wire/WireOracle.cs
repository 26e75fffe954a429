using System.Diagnostics;
using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Tests.Wire;

/// <summary>Apache Kafka's own message classes in a process of their own: one line asked, one line answered.</summary>
public sealed class WireOracle : IDisposable
{
    private readonly Process _process;

    private WireOracle(Process process) => _process = process;

    /// <summary>One line for each API: key, name, versions, headers.</summary>
    public static async Task<string[]> ApisAsync()
    {
        using var oracle = new WireOracle(Run("apis"));
        return (await oracle._process.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public static string Kind(bool isRequest) => isRequest ? "request" : "response";

    /// <summary>Asks everything, then reads all answers, in order.</summary>
    public async Task<string[]> AskAsync(IReadOnlyCollection<string> questions)
    {
        var asking = Task.Run(async () =>
        {
            foreach (var question in questions)
                await _process.StandardInput.WriteLineAsync(question);
            await _process.StandardInput.FlushAsync();
        });
        var answers = new List<string>(questions.Count);
        while (answers.Count < questions.Count)
            answers.Add(await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("wire.sh ended early"));
        await asking;
        return [.. answers];
    }

    /// <summary>Whether Apache Kafka 4.3 knows the version: it has forgotten the oldest ones of two APIs.</summary>
    internal static bool Knows(KafkaApi api, int version) => api.Key switch
    {
        ApiKey.CreateTopics => version >= 2,
        ApiKey.DeleteTopics => version >= 1,
        _ => true,
    };

    private static Process Run(params string[] arguments)
    {
        var home = Environment.GetEnvironmentVariable("KAFKA_HOME");
        var script = home is null ? null : Path.Combine(home, "wire.sh");
        Assert.SkipUnless(script is not null && File.Exists(script),
            "KAFKA_HOME names no folder with wire.sh: Apache Kafka's message classes are not at hand");
        return Process.Start(
            new ProcessStartInfo("bash", [script!, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>One process for all tests of a class, started by the first that needs it.</summary>
    public sealed class Shared : IDisposable
    {
        private WireOracle? _oracle;

        /// <summary>Skips the test where Kafka is not at hand.</summary>
        public WireOracle Start() => _oracle ??= new WireOracle(Run());

        public void Dispose() => _oracle?.Dispose();
    }
}
