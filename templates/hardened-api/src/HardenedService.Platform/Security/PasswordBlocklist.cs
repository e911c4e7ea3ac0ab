using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HardenedService.Platform.Security;

/// <summary>
/// Passwords that are too common or known from breaches (NIST SP 800-63B, section 3.1.1.2), as a Bloom filter: compact, never misses one that
/// is on the list, and takes fewer than one in a thousand others for one. Passwords are compared in a folded form.
/// </summary>
public sealed class PasswordBlocklist
{
    /// <summary>The largest file that is written, in bytes: 1 MiB.</summary>
    public const int MaxFileSize = 1024 * 1024;

    private const string Format = "password-blocklist-1";

    // Base64 in lines of 76 characters: text, as the other files of a solution are.
    private const int MaxBits = (MaxFileSize / 77 * 57 - 1024) * 8;
    private const int WantedBitsPerPassword = 20;
    private const int FewestBitsPerPassword = 15;
    private const int Probes = 11;

    private readonly byte[] _bits;

    private PasswordBlocklist(byte[] bits) => _bits = bits;

    /// <summary>
    /// What variants of a password have in common: Unicode variants (NFKC) and case are evened out, digits and signs stand for the letters that
    /// they are used for (<c>p@ssw0rd</c>), and spaces and separators are left out.
    /// </summary>
    /// <param name="password">A password, or a word to look for in one; valid Unicode.</param>
    /// <returns>The folded form.</returns>
    public static string Fold(string password)
    {
        ArgumentNullException.ThrowIfNull(password);
        var folded = string.Concat(password.Normalize(NormalizationForm.FormKC).ToLowerInvariant().Select(Letter).Where(letter => letter != ' '));

        // All blanks: as common as any other key held down.
        return folded.Length == 0 ? password : folded;
    }

    /// <summary>Makes a list.</summary>
    /// <param name="passwords">The passwords, as they were found; the same one may come again.</param>
    /// <returns>The list.</returns>
    /// <exception cref="InvalidDataException">They are so many that the list would refuse good passwords. Take the most common.</exception>
    public static PasswordBlocklist Build(IEnumerable<string> passwords)
    {
        var folded = passwords.Select(Fold).ToHashSet();

        if ((long)folded.Count * FewestBitsPerPassword > MaxBits)
        {
            throw new InvalidDataException(
                string.Create(CultureInfo.InvariantCulture, $"{folded.Count} passwords do not fit into 1 MiB; {MaxBits / FewestBitsPerPassword} do: take the most common."));
        }

        var list = new PasswordBlocklist(new byte[(Math.Min(MaxBits, Math.Max(64, folded.Count * WantedBitsPerPassword)) + 7) / 8]);

        foreach (var bit in folded.SelectMany(list.BitsOf))
        {
            list._bits[bit / 8] |= (byte)(1 << (bit % 8));
        }

        return list;
    }

    /// <summary>Reads a list.</summary>
    /// <param name="file">What <see cref="Save"/> wrote.</param>
    /// <returns>The list.</returns>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static PasswordBlocklist Load(TextReader file)
    {
        ArgumentNullException.ThrowIfNull(file);

        try
        {
            return file.ReadLine() == Format && Convert.FromBase64String(file.ReadToEnd()) is { Length: > 0 } bits
                ? new PasswordBlocklist(bits)
                : throw new InvalidDataException("This is no list of common passwords.");
        }
        catch (FormatException exception)
        {
            throw new InvalidDataException("The list of common passwords is damaged.", exception);
        }
    }

    /// <summary>Writes the list. It tells of a password whether it is on it, and lists none.</summary>
    /// <param name="file">Where to.</param>
    public void Save(TextWriter file)
    {
        ArgumentNullException.ThrowIfNull(file);
        file.Write($"{Format}\n{Convert.ToBase64String(_bits, Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\n")}\n");
    }

    /// <summary>Whether a password, or a variant of it, is on the list.</summary>
    /// <param name="password">The password; valid Unicode.</param>
    /// <returns>True if it is; in fewer than one of a thousand cases also if it is not.</returns>
    public bool Contains(string password) => BitsOf(Fold(password)).All(bit => (_bits[bit / 8] & (1 << (bit % 8))) != 0);

    private IEnumerable<int> BitsOf(string folded)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(folded));
        var first = BinaryPrimitives.ReadUInt64LittleEndian(hash);
        var step = BinaryPrimitives.ReadUInt64LittleEndian(hash.AsSpan(8)) | 1;

        return Enumerable.Range(0, Probes).Select(probe => (int)(unchecked(first + ((ulong)probe * step)) % (ulong)(_bits.Length * 8L)));
    }

    private static char Letter(char character) => character switch
    {
        '0' => 'o',
        '1' or '!' or '|' or 'l' => 'i',
        '3' or '\u20ac' => 'e',
        '4' or '@' => 'a',
        '5' or '$' => 's',
        '7' or '+' => 't',
        _ when char.IsWhiteSpace(character) || character is '-' or '_' or '.' or ',' => ' ',
        _ => character,
    };
}
