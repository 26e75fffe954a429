using System.Collections.Immutable;
using System.Globalization;
using CloudStream.Cluster.Registers;
using CloudStream.Log.Calls;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;

namespace CloudStream.Cluster.Settings;

/// <summary>
/// Alters settings while the cluster runs, and puts into force what is altered of this broker: at once where it was this broker that was
/// asked, otherwise when it looks at the register the next time. One compare-and-swap per change, so that of two at the same time none is
/// lost. Thread-safe.
/// </summary>
internal sealed class SettingsKeeper
{
    private readonly Lock _gate = new();
    private readonly BrokerOptions _options;
    private readonly SettledRegisters _registers;
    private readonly Func<int> _brokerId;
    private readonly Dictionary<string, long> _atStart;
    private AlteredSettings _current = AlteredSettings.None;
    private long _version;

    public SettingsKeeper(BrokerOptions options, SettledRegisters registers, Func<int> brokerId)
    {
        (_options, _registers, _brokerId) = (options, registers, brokerId);
        _atStart = BrokerSettingTable.All
            .Where(s => s.Definition.IsDynamic && s.Present is not null)
            .ToDictionary(s => s.Definition.Name, s => s.Present!(options), StringComparer.Ordinal);
    }

    /// <summary>Learns at the start what is altered; a store that is away is waited for.</summary>
    /// <exception cref="StoreException">The store refuses, or the register cannot be read.</exception>
    public async Task LoadAsync(BrokerRuntime runtime, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(runtime);
        while (true)
        {
            try
            {
                await RefreshAsync(cancellationToken);
                return;
            }
            catch (StoreException e) when (e.IsTransient)
            {
                await backoff.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>Looks whether another broker has altered anything.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async ValueTask RefreshAsync(CancellationToken cancellationToken)
    {
        var present = await _registers.GetVersionAsync(AlteredSettings.Key, cancellationToken);
        if (present.Version != Interlocked.Read(ref _version))
            await ReadAsync(cancellationToken);
        else
            Apply();
    }

    /// <summary>Every setting of an owner as it is in force.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async ValueTask<IReadOnlyList<ConfigEntry>> DescribeAsync(SettingsOwner owner, CancellationToken cancellationToken)
    {
        var settings = await ReadAsync(cancellationToken);
        var values = settings.Of(owner);
        return owner.Kind switch
        {
            SettingsOwnerKind.Group =>
                [.. OwnerSettingTable.Groups.Select(d => OwnerSettingTable.DescribeGroup(d, values.GetValueOrDefault(d.Name)))],
            SettingsOwnerKind.ClientMetrics => [.. OwnerSettingTable.ClientMetrics
                .Select(d => OwnerSettingTable.DescribeMetrics(d, values.GetValueOrDefault(d.Name)))],
            _ when owner == SettingsOwner.AllBrokers => [.. values.Select(v => BrokerSettings.DescribeForAll(v.Key, v.Value))],
            _ => BrokerSettings.Describe(_options, _brokerId(), new BrokerValues(values, settings.Of(SettingsOwner.AllBrokers)), _atStart),
        };
    }

    /// <summary>Who has altered settings, by name.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async ValueTask<IReadOnlyList<string>> ListAsync(SettingsOwnerKind kind, CancellationToken cancellationToken) =>
        [.. (await ReadAsync(cancellationToken)).Owners(kind)];

    /// <summary>Sets (value) or resets (null) settings of an owner.</summary>
    /// <param name="owner">Whose.</param>
    /// <param name="changes">By name.</param>
    /// <param name="replace">Whether what is not named is reset.</param>
    /// <param name="validateOnly">Whether to say only what would be said.</param>
    /// <param name="cancellationToken">Gives up; it may be altered all the same.</param>
    public async ValueTask<SettingsResult> AlterAsync(
        SettingsOwner owner,
        IReadOnlyDictionary<string, string?> changes,
        bool replace,
        bool validateOnly,
        CancellationToken cancellationToken)
    {
        if (OwnerSettingTable.Check(owner.Kind, changes, out var normal) is { } fault)
            return fault;
        try
        {
            var register = await _registers.GetAsync(AlteredSettings.Key, cancellationToken);
            while (true)
            {
                var present = Take(register);
                var next = present.With(owner, Change(replace ? AlteredSettings.NoValues : present.Of(owner), normal));
                var encoded = next.Encode();
                if (encoded.Length > AlteredSettings.MaxBytes)
                    return new(ErrorCode.InvalidRequest,
                        $"The cluster's altered settings would take {encoded.Length} bytes; the limit is {AlteredSettings.MaxBytes}.");
                if (validateOnly || (register is not null && encoded.Span.SequenceEqual(register.Value.Span)))
                    return default;
                var put = await _registers.PutAsync(AlteredSettings.Key, encoded, register?.Version ?? 0, cancellationToken);
                if (put.Succeeded)
                {
                    await ReadAsync(cancellationToken);
                    return default;
                }

                register = put.Current;
            }
        }
        catch (StoreException e)
        {
            return new(StoreFailure.CodeOf(e), "The settings cannot be reached now; they may be altered or not.");
        }
    }

    private static ImmutableSortedDictionary<string, string> Change(
        ImmutableSortedDictionary<string, string> present, Dictionary<string, string?> changes)
    {
        foreach (var (name, value) in changes)
            present = value is null ? present.Remove(name) : present.SetItem(name, value);
        return present;
    }

    private async ValueTask<AlteredSettings> ReadAsync(CancellationToken cancellationToken) =>
        Take(await _registers.GetAsync(AlteredSettings.Key, cancellationToken));

    // What was read first may come last: the later version stays.
    private AlteredSettings Take(Register? register)
    {
        var read = register is null ? AlteredSettings.None : AlteredSettings.Decode(register.Value);
        lock (_gate)
        {
            if ((register?.Version ?? 0) > _version)
                (_current, _version) = (read, register!.Version);
        }

        Apply();
        return read;
    }

    /// <summary>Puts into force what is known; under another id this broker has other settings.</summary>
    public void Apply()
    {
        lock (_gate)
        {
            var own = _brokerId() is var id and >= 0
                ? _current.Of(new SettingsOwner(SettingsOwnerKind.Brokers, id.ToString(CultureInfo.InvariantCulture)))
                : AlteredSettings.NoValues;
            var (present, all) = (_options.AtRunTime, _current.Of(SettingsOwner.AllBrokers));
            if (ReferenceEquals(present.Own, own) && ReferenceEquals(present.Default, all))
                return;
            var next = new BrokerValues(own, all);
            foreach (var (name, value) in _atStart)
                BrokerSettings.SetOption(_options, name,
                    next.Find(name) is { } altered ? long.Parse(altered, CultureInfo.InvariantCulture) : value);
            _options.AtRunTime = next;
        }
    }
}
