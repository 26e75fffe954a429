using CloudStream.Storage.Contracts;
using CloudStream.Storage.Faults;
using CloudStream.Storage.Local.Objects;
using CloudStream.Storage.Local.Options;
using CloudStream.Storage.Local.Registers;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Tests.Local;

namespace CloudStream.Storage.Tests.Faults;

/// <summary>
/// Every second call goes wrong in one way or another; callers that settle and repeat see a store that keeps its contract.
/// </summary>
public sealed class FaultyMetadataStoreContractTests : MetadataStoreContract
{
    private readonly SettlingMetadataStore _store;

    public FaultyMetadataStoreContractTests() =>
        _store = new(new FaultyMetadataStore(new MemoryMetadataStore(), new RandomFaults(1).JudgeAsync));

    protected override IMetadataStore Store => _store;

    protected override IMetadataStore SecondStore => _store;
}

public sealed class FaultySqliteMetadataStoreContractTests : MetadataStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SqliteMetadataStore _sqlite;
    private readonly SettlingMetadataStore _store;

    public FaultySqliteMetadataStoreContractTests()
    {
        _sqlite = new SqliteMetadataStore(_folder.File("registers.db"), new LocalStoreOptions());
        _store = new(new FaultyMetadataStore(_sqlite, new RandomFaults(2).JudgeAsync));
    }

    protected override IMetadataStore Store => _store;

    protected override IMetadataStore SecondStore => _store;

    public void Dispose()
    {
        _sqlite.Dispose();
        _folder.Dispose();
    }
}

public sealed class FaultyObjectStoreContractTests : ObjectStoreContract
{
    private readonly SettlingObjectStore _store = new(new FaultyObjectStore(new MemoryObjectStore(), new RandomFaults(3).JudgeAsync));

    protected override IObjectStore Store => _store;

    protected override IObjectStore SecondStore => _store;
}

public sealed class FaultyLocalObjectStoreContractTests : ObjectStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LocalObjectStore _local;
    private readonly SettlingObjectStore _store;

    public FaultyLocalObjectStoreContractTests()
    {
        _local = new LocalObjectStore(_folder.Path, new LocalStoreOptions { MaxPackedObjectBytes = 100_000 });
        _store = new(new FaultyObjectStore(_local, new RandomFaults(4).JudgeAsync));
    }

    protected override IObjectStore Store => _store;

    protected override IObjectStore SecondStore => _store;

    public void Dispose()
    {
        _local.Dispose();
        _folder.Dispose();
    }
}

internal sealed class RandomFaults(int seed)
{
    private static readonly StoreFault[] s_faults =
        [StoreFault.None, StoreFault.None, StoreFault.None, StoreFault.None, StoreFault.Unavailable, StoreFault.Throttled,
            StoreFault.LostReply, StoreFault.LostRequest];

    private readonly Random _random = new(seed);
    private readonly Lock _lock = new();

    public ValueTask<StoreFault> JudgeAsync(StoreCall call, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var fault = s_faults[_random.Next(s_faults.Length)];
            return new(CanBeSettled(fault, call) ? fault : StoreFault.Unavailable);
        }
    }

    // A register's delete carries no write id: repeated after a lost reply it finds nothing, as if somebody else had deleted it.
    // A put that took effect and was overwritten before its read-back is a conflict to PutSettledAsync, so that many writers of one
    // register count too few wins. (The shard register keeps ids in its value for that.)
    private static bool CanBeSettled(StoreFault fault, StoreCall call) =>
        fault is not (StoreFault.LostReply or StoreFault.LostRequest)
        || !(call.Name.StartsWith("t/", StringComparison.Ordinal) || call.Name.StartsWith("topics/", StringComparison.Ordinal))
        || (call.Operation != StoreOperation.Delete && call.Name != "t/counter");
}
