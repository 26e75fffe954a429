using System.CommandLine;
using CloudStream.Cli.Shell;
using CloudStream.Kafka.Face;

namespace CloudStream.Cli.Bench;

/// <summary><c>--kafka</c> of a client: where the broker speaks Kafka's protocol.</summary>
internal static class KafkaOption
{
    public const string Variable = "CLOUDSTREAM_KAFKA";

    public static Option<HostPort> Create() => new("--kafka")
    {
        Description = $"The broker's Kafka address, for --protocol kafka. The environment variable {Variable} sets the default.",
        HelpName = "HOST:PORT",
        DefaultValueFactory = result => Parse(
            Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } address ? address : Defaults.Kafka.ToString(), result.AddError),
        CustomParser = result => Parse(result.Tokens[^1].Value, result.AddError),
    };

    private static HostPort Parse(string text, Action<string> fail)
    {
        if (!HostPort.TryParse(text, out HostPort address))
            fail($"--kafka: '{text}' is not HOST:PORT with a port from 1 to 65535");
        return address;
    }
}
