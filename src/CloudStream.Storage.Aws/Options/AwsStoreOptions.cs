using Amazon.Runtime;

namespace CloudStream.Storage.Aws.Options;

/// <summary>Where the stores lie and how they are asked. What is null is taken from where AWS's tools take it.</summary>
public sealed class AwsStoreOptions
{
    /// <summary>The bucket of the objects.</summary>
    public required string Bucket { get; set; }

    /// <summary>What the keys of all objects begin with, without a slash at either end; empty for none.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>The table of the registers.</summary>
    public required string Table { get; set; }

    /// <summary>The region; null: as the environment or the profile say.</summary>
    public string? Region { get; set; }

    /// <summary>Where S3 answers, such as <c>http://127.0.0.1:7070</c>; null: as the environment says, otherwise AWS. With one of these the
    /// bucket is named in the path and not in the host name.</summary>
    public Uri? S3Endpoint { get; set; }

    /// <summary>Where DynamoDB answers; null: as the environment says, otherwise AWS.</summary>
    public Uri? DynamoDbEndpoint { get; set; }

    /// <summary>Who asks; null: the default chain of AWS's tools.</summary>
    public AWSCredentials? Credentials { get; set; }

    /// <summary>How long a request to the table may take before its outcome is unknown.</summary>
    public TimeSpan TableTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a request for a small object may take; <see cref="ObjectTimeoutPerMiB"/> comes on top.</summary>
    public TimeSpan ObjectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How much longer a request may take for each MiB.</summary>
    public TimeSpan ObjectTimeoutPerMiB { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Requests to one store that may be under way; further ones wait for a connection.</summary>
    public int MaxConnections { get; set; } = 64;

    /// <summary>
    /// A connection that was idle for this long is not used again. Less where the process may be frozen meanwhile: what is left in the pool
    /// is then dead more often than not.
    /// </summary>
    public TimeSpan MaxIdle { get; set; } = TimeSpan.FromSeconds(20);
}
