using System.Globalization;
using System.Security.Cryptography;

namespace CloudStream.Kafka.Users;

/// <summary>
/// What stands in a file of users in place of a password: PBKDF2 with HMAC-SHA-512 (RFC 8018), written
/// <c>pbkdf2-sha512:ITERATIONS:SALT:HASH</c>, the last two in Base64. Immutable.
/// </summary>
public sealed class PasswordHash
{
    /// <summary>How the text begins.</summary>
    public const string Prefix = "pbkdf2-sha512:";

    /// <summary>Iterations of new ones, as OWASP's Password Storage Cheat Sheet asks for this function; about 0.1 s.</summary>
    public const int DefaultIterations = 210_000;

    private const int SaltBytes = 16, HashBytes = 32, MinIterations = 1000, MaxIterations = 10_000_000;

    private readonly byte[] _salt;
    private readonly byte[] _hash;

    private PasswordHash(int iterations, byte[] salt, byte[] hash) => (Iterations, _salt, _hash) = (iterations, salt, hash);

    /// <summary>How often the function is applied.</summary>
    public int Iterations { get; }

    /// <summary>Hashes a password with a salt of its own.</summary>
    public static PasswordHash Of(string password, int iterations = DefaultIterations)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, MinIterations);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(iterations, MaxIterations);
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return new PasswordHash(iterations, salt, Derive(password, salt, iterations, HashBytes));
    }

    /// <summary>Reads what <see cref="ToString"/> writes; <paramref name="error"/> says what is wrong with it.</summary>
    public static bool TryParse(string text, out PasswordHash? hash, out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        hash = null;
        error = $"a hashed password is {Prefix}ITERATIONS:SALT:HASH, the last two in Base64";
        if (!text.StartsWith(Prefix, StringComparison.Ordinal)
            || text[Prefix.Length..].Split(':') is not [var count, var salt64, var hash64])
            return false;
        if (!TryDecode(salt64, out var salt) || !TryDecode(hash64, out var derived))
            return false;
        if (salt.Length < 8 || derived.Length < 16)
        {
            error = "a hashed password has at least 8 bytes of salt and 16 bytes of hash";
            return false;
        }

        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations)
            || iterations is < MinIterations or > MaxIterations)
        {
            error = $"iterations of a hashed password are {MinIterations} to {MaxIterations}";
            return false;
        }

        (hash, error) = (new PasswordHash(iterations, salt, derived), null);
        return true;
    }

    /// <summary>Whether this is the password. Takes as long as the iterations, whatever the answer.</summary>
    public bool Matches(string password) =>
        CryptographicOperations.FixedTimeEquals(Derive(password, _salt, Iterations, _hash.Length), _hash);

    /// <inheritdoc/>
    public override string ToString() => $"{Prefix}{Iterations}:{Convert.ToBase64String(_salt)}:{Convert.ToBase64String(_hash)}";

    private static byte[] Derive(string password, byte[] salt, int iterations, int bytes) =>
        Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA512, bytes);

    private static bool TryDecode(string text, out byte[] bytes)
    {
        var room = new byte[text.Length];
        var isDecoded = Convert.TryFromBase64String(text, room, out var length);
        bytes = room[..length];
        return isDecoded;
    }
}
