namespace CloudStream.Cli.Shell;

/// <summary>Where a broker that was told nothing keeps its data and listens; other commands look for it there.</summary>
internal static class Defaults
{
    public const string Data = "./cloudstream-data";

    public static readonly ListenAddress Http = new("127.0.0.1", 8098);

    public static readonly ListenAddress Kafka = new("127.0.0.1", 9092);
}
