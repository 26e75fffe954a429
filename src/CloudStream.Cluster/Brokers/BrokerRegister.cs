using System.Collections.Immutable;
using CloudStream.Cluster.Registers;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;

namespace CloudStream.Cluster.Brokers;

/// <summary>
/// The value of register <c>brokers/ID</c>. Every change of the register is a sign of life. Byte by byte in docs/FORMATS.md.
/// </summary>
/// <param name="Incarnation">Which start of the broker this is.</param>
/// <param name="HasLeft">Whether it stopped cleanly: its id is free at once.</param>
/// <param name="Beat">How often it has shown itself; information only, the register's version is what is watched.</param>
/// <param name="Endpoints">The addresses that clients reach it at, by face.</param>
internal sealed record BrokerRegister(string Incarnation, bool HasLeft, long Beat, ImmutableSortedDictionary<string, string> Endpoints)
{
    /// <summary>The family of all brokers.</summary>
    public const string Prefix = "brokers/";

    private static ReadOnlySpan<byte> Magic => "CSBR"u8;

    /// <summary>The register's key.</summary>
    public static string KeyOf(int id) => $"{Prefix}{id}";

    /// <summary>The id, from a key.</summary>
    /// <exception cref="StoreException">Corrupt: the key is not one of ours.</exception>
    public static int IdOf(string key) =>
        int.TryParse(key.AsSpan(Prefix.Length), out var id) && id >= 0
            ? id
            : throw new StoreException(StoreErrorKind.Corrupt, $"register {key} names no broker");

    public ReadOnlyMemory<byte> Encode()
    {
        var writer = RegisterFormat.Begin(Magic);
        writer.String(Incarnation);
        writer.Byte(HasLeft ? (byte)1 : (byte)0);
        writer.Count(Beat);
        writer.Count(Endpoints.Count);
        foreach (var (face, address) in Endpoints)
        {
            writer.String(face);
            writer.String(address);
        }

        return writer.Written;
    }

    public static BrokerRegister Decode(Register register)
    {
        var reader = RegisterFormat.Open(register.Value, Magic, register.Key);
        var (incarnation, left, beat) = (reader.String(), reader.Byte(), reader.Count());
        if (left > 1)
            throw reader.Corrupt($"flag {left}");
        var endpoints = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        for (var i = reader.ElementCount(2); i > 0; i--)
            endpoints.Add(reader.String(), reader.String());
        reader.End();
        return new BrokerRegister(incarnation, left == 1, beat, endpoints.ToImmutable());
    }
}
