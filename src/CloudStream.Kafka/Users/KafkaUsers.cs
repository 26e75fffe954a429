using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace CloudStream.Kafka.Users;

/// <summary>
/// The users of the Kafka port and how their passwords are judged. Passwords are not kept: what was given in plain is held as a keyed hash,
/// under a key that this process alone has. Thread-safe.
/// </summary>
public sealed class KafkaUsers
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(64);
    private readonly FrozenDictionary<string, KafkaUser> _byName;

    // Who takes the place of a user that there is not, so that refusing takes as long as for one that there is.
    private readonly KafkaUser _nobody;

    // Hashed passwords take a tenth of a second of a processor each; clients that guess get half of the processors at most.
    private readonly TaskFactory<bool> _slow = new(
        new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, Math.Max(1, Environment.ProcessorCount / 2)).ConcurrentScheduler);

    private KafkaUsers(IReadOnlyDictionary<string, string> secrets)
    {
        var hashes = secrets.Values.Select(HashOf).OfType<PasswordHash>().ToArray();
        var slowest = hashes.Length == 0 ? null : PasswordHash.Of("", hashes.Max(static h => h.Iterations));
        _byName = secrets.ToFrozenDictionary(static s => s.Key, s => UserOf(s.Value, slowest), StringComparer.Ordinal);
        _nobody = new KafkaUser(RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes), slowest, isHashed: false);
    }

    /// <summary>How many there are.</summary>
    public int Count => _byName.Count;

    /// <summary>
    /// Reads a file: one <c>NAME:PASSWORD</c> a line, in which a <see cref="PasswordHash"/> may stand in place of the password; empty lines
    /// and lines that begin with <c>#</c> are passed over.
    /// </summary>
    /// <exception cref="FormatException">A line is wrong; the message names file and line, and nothing of a password.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static KafkaUsers Load(string path)
    {
        try
        {
            return Parse(
                File.ReadAllLines(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true)), path);
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException($"{path}: the file is not UTF-8", e);
        }
    }

    /// <summary>The same of lines that were read already.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="source">What messages call their origin.</param>
    /// <exception cref="FormatException">A line is wrong; the message names origin and line, and nothing of a password.</exception>
    public static KafkaUsers Parse(IEnumerable<string> lines, string source)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var secrets = new Dictionary<string, string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line) || line.StartsWith('#'))
                continue;
            if (UserFileLine.Fault(line, secrets) is { } fault)
                throw new FormatException($"{source}:{number}: {fault}");
        }

        return secrets.Count > 0
            ? new KafkaUsers(secrets)
            : throw new FormatException($"{source}: no user: at least one line NAME:PASSWORD is needed");
    }

    /// <summary>
    /// Whether this is the user's password. A wrong one takes the same time whatever is wrong with it, and whether there is such a user.
    /// </summary>
    internal async ValueTask<bool> VerifyAsync(string name, string password, CancellationToken cancellationToken)
    {
        var user = _byName.GetValueOrDefault(name) ?? _nobody;
        var keyed = HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(password));
        if (CryptographicOperations.FixedTimeEquals(keyed, user.Keyed))
            return true;
        if (user.Hash is not { } hash)
            return false;
        if (!await _slow.StartNew(() => hash.Matches(password), cancellationToken) || !user.IsHashed)
            return false;

        // The next connections of the same client are let in at once.
        user.Keyed = keyed;
        return true;
    }

    private static PasswordHash? HashOf(string secret) => PasswordHash.TryParse(secret, out var hash, out _) ? hash : null;

    private KafkaUser UserOf(string secret, PasswordHash? slowest) => HashOf(secret) is { } hash
        ? new KafkaUser(RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes), hash, isHashed: true)
        : new KafkaUser(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(secret)), slowest, isHashed: false);
}
