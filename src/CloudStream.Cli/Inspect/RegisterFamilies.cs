namespace CloudStream.Cli.Inspect;

/// <summary>The families of registers that a cluster has; a list needs a family.</summary>
internal static class RegisterFamilies
{
    public static readonly string[] All = ["cluster/", "brokers/", "topics/", "producers/"];
}
