using CloudStream.Cli.Shell;
using CloudStream.Cluster.Settings;
using CloudStream.Log.Runtime;
using CloudStream.Storage.Aws;
using CloudStream.Storage.Aws.Options;
using CloudStream.Storage.Local;
using CloudStream.Storage.Local.Options;
using CloudStream.Storage.Local.Presence;

namespace CloudStream.Cli.Serve;

/// <summary>Where a broker keeps everything.</summary>
internal abstract record StorePlace
{
    /// <summary>Least time between two flushes of a shard where nobody says another.</summary>
    public abstract TimeSpan FlushInterval { get; }

    /// <summary>How many data shards a cluster has that is formed here where nobody says another number.</summary>
    public abstract int Shards { get; }

    /// <summary>Opens the stores.</summary>
    /// <param name="openFiles">How many files may be open.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public abstract Task<OpenStores> OpenAsync(int openFiles, CancellationToken cancellationToken);
}

/// <summary>A folder of this machine.</summary>
/// <param name="Folder">The folder, as given.</param>
/// <param name="PageCache">Whether large transfers go through the page cache, too.</param>
internal sealed record FolderPlace(string Folder, bool PageCache) : StorePlace
{
    /// <inheritdoc/>
    public override TimeSpan FlushInterval => TimeSpan.FromMilliseconds(5);

    /// <inheritdoc/>
    public override int Shards => new BrokerOptions().Shards;

    /// <inheritdoc/>
    public override async Task<OpenStores> OpenAsync(int openFiles, CancellationToken cancellationToken)
    {
        string folder = Path.GetFullPath(Folder);
        FolderStart start = await FolderStart.EnterAsync(folder, cancellationToken);
        try
        {
            LocalStores stores = LocalStores.Open(
                folder, new LocalStoreOptions { DirectTransfers = !PageCache, MaxOpenFiles = openFiles });
            AliveFolder? alive = AliveFolder.TryEnter(Path.Combine(folder, "alive"));
            return new OpenStores(new BrokerStores(stores.Objects, stores.Metadata, alive), start.Keep, alive, stores, start);
        }
        catch
        {
            start.Dispose();
            throw;
        }
    }

    public override string ToString() => Path.GetFullPath(Folder);
}

/// <summary>A bucket of S3 and a table of DynamoDB.</summary>
/// <param name="Options">Where they lie.</param>
/// <param name="CreateBucket">Whether a bucket that is missing is made.</param>
/// <param name="CreateTable">Whether a table that is missing is made.</param>
internal sealed record AwsPlace(AwsStoreOptions Options, bool CreateBucket, bool CreateTable) : StorePlace
{
    private const string Scheme = "s3://";

    /// <inheritdoc/>
    public override TimeSpan FlushInterval => TimeSpan.FromMilliseconds(250);

    /// <summary>Each shard that is written to costs a put and a commit each flush interval.</summary>
    public override int Shards => 1;

    /// <summary>Reads <c>s3://BUCKET[/PREFIX]</c>.</summary>
    /// <exception cref="CommandException">It is something else.</exception>
    public static (string Bucket, string Prefix) Parse(string store)
    {
        string[] parts = store.StartsWith(Scheme, StringComparison.Ordinal) ? store[Scheme.Length..].Split('/', 2) : [""];
        string prefix = parts.Length == 2 ? parts[1].TrimEnd('/') : "";
        return parts[0].Length > 0 && !prefix.StartsWith('/')
            ? (parts[0], prefix)
            : throw CommandException.Usage($"--store: '{store}' is not s3://BUCKET or s3://BUCKET/PREFIX");
    }

    /// <inheritdoc/>
    public override async Task<OpenStores> OpenAsync(int openFiles, CancellationToken cancellationToken)
    {
        AwsStores stores = AwsStores.Open(Options);
        try
        {
            await stores.PrepareAsync(CreateBucket, CreateTable, cancellationToken);
            return new OpenStores(new BrokerStores(stores.Objects, stores.Metadata), static () => { }, stores);
        }
        catch
        {
            stores.Dispose();
            throw;
        }
    }

    public override string ToString() =>
        $"{Scheme}{Options.Bucket}{(Options.Prefix.Length == 0 ? "" : "/")}{Options.Prefix} with table {Options.Table}";
}

/// <summary>Stores that are open, and what goes with them.</summary>
/// <param name="stores">The stores.</param>
/// <param name="keep">Called when somebody is served from them: what was made for them stays.</param>
/// <param name="owned">What is closed with them, in this order.</param>
internal sealed class OpenStores(BrokerStores stores, Action keep, params IDisposable?[] owned) : IDisposable
{
    public BrokerStores Stores => stores;

    public void Keep() => keep();

    public void Dispose()
    {
        foreach (IDisposable? one in owned)
            one?.Dispose();
    }
}
