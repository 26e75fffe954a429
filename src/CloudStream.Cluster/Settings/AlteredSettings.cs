using System.Collections.Immutable;
using CloudStream.Cluster.Registers;

namespace CloudStream.Cluster.Settings;

/// <summary>
/// All settings that were altered while the cluster runs, as register <c>cluster/altered-settings</c> keeps them: of brokers, groups and
/// client metrics. Topics keep theirs in their own registers. Immutable.
/// </summary>
internal sealed class AlteredSettings
{
    /// <summary>The register's key.</summary>
    public const string Key = "cluster/altered-settings";

    /// <summary>Most bytes of the register: every broker reads it whole.</summary>
    public const int MaxBytes = 128 * 1024;

    private readonly ImmutableDictionary<SettingsOwner, ImmutableSortedDictionary<string, string>> _byOwner;

    private AlteredSettings(ImmutableDictionary<SettingsOwner, ImmutableSortedDictionary<string, string>> byOwner) => _byOwner = byOwner;

    public static ImmutableSortedDictionary<string, string> NoValues { get; } = ImmutableSortedDictionary.Create<string, string>(
        StringComparer.Ordinal);

    public static AlteredSettings None { get; } = new(ImmutableDictionary<SettingsOwner, ImmutableSortedDictionary<string, string>>.Empty);

    private static ReadOnlySpan<byte> Magic => "CSAS"u8;

    public ImmutableSortedDictionary<string, string> Of(SettingsOwner owner) => _byOwner.GetValueOrDefault(owner, NoValues);

    /// <summary>Who has any, by name.</summary>
    public IEnumerable<string> Owners(SettingsOwnerKind kind) =>
        _byOwner.Keys.Where(owner => owner.Kind == kind).Select(owner => owner.Name).Order(StringComparer.Ordinal);

    /// <summary>The same with these values of an owner; one without any is forgotten.</summary>
    public AlteredSettings With(SettingsOwner owner, ImmutableSortedDictionary<string, string> values) =>
        new(values.IsEmpty ? _byOwner.Remove(owner) : _byOwner.SetItem(owner, values));

    public ReadOnlyMemory<byte> Encode()
    {
        var writer = RegisterFormat.Begin(Magic);
        writer.Count(_byOwner.Count);
        foreach (var (owner, values) in _byOwner.OrderBy(o => o.Key.Kind).ThenBy(o => o.Key.Name, StringComparer.Ordinal))
        {
            writer.Byte((byte)owner.Kind);
            writer.String(owner.Name);
            writer.Count(values.Count);
            foreach (var (name, value) in values)
            {
                writer.String(name);
                writer.String(value);
            }
        }

        return writer.Written;
    }

    public static AlteredSettings Decode(ReadOnlyMemory<byte> register)
    {
        var reader = RegisterFormat.Open(register, Magic, Key);
        var byOwner = None._byOwner.ToBuilder();
        for (var owners = reader.ElementCount(3); owners > 0; owners--)
        {
            var owner = new SettingsOwner((SettingsOwnerKind)reader.Byte(), reader.String());
            var values = NoValues.ToBuilder();
            for (var count = reader.ElementCount(2); count > 0; count--)
            {
                var name = reader.String();
                values[name] = reader.String();
            }

            byOwner[owner] = values.ToImmutable();
        }

        reader.End();
        return new(byOwner.ToImmutable());
    }
}
