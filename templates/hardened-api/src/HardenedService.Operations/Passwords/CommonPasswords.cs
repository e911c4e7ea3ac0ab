namespace HardenedService.Operations.Passwords;

/// <summary>
/// What people choose when they are asked for a long password and want a short one: words in a row, words with a year, walks over the
/// keyboard, the alphabet, one key held down. Made by rule; the list of a breach adds to it.
/// </summary>
internal static class CommonPasswords
{
    private const int Shortest = 8;
    private const int Longest = 32;
    private const int FirstYear = 1940;
    private const int LastYear = 2039;

    private static readonly string[] Words =
    [
        "password", "passwort", "passphrase", "secret", "geheim", "admin", "administrator", "root", "user", "guest", "test", "testing", "demo", "login",
        "signin", "welcome", "hello", "letmein", "changeme", "default", "access", "master", "temporary", "company", "account", "internet", "computer",
        "please", "forgot", "nothing", "whatever", "trustnoone", "iloveyou", "love", "baby", "angel", "princess", "sunshine", "flower", "dragon",
        "monkey", "tiger", "eagle", "shadow", "ninja", "superman", "batman", "pokemon", "starwars", "football", "baseball", "soccer", "hockey",
        "liverpool", "arsenal", "chelsea", "barcelona", "america", "london", "berlin", "michael", "jessica", "daniel", "jennifer", "summer", "winter",
        "spring", "autumn", "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
        "monday", "friday", "sunday", "qwerty", "qwertz", "azerty", "asdfgh", "zxcvbn", "abc", "abcd", "abc123", "123", "1234", "12345", "123456",
        "new", "my", "the", "is", "long", "very", "secure", "strong", "this", "a", "i", "you",
    ];

    private static readonly string[] Endings =
    [
        "1", "12", "123", "1234", "12345", "123456", "1234567", "12345678", "123456789", "1234567890", "0", "00", "007", "321", "54321", "987654321",
        "11", "111", "1111", "11111", "111111", "69", "666", "99", "!!", "!!!", "?", "#", "*", "123!", "1234!", "12345!", "abc",
    ];

    // Once along, and again from the start.
    private static readonly string[] Walks =
    [
        "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "1234567890qwertyuiop",
        "1234567890", "0123456789", "1234567890abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz", "abc123", "abcd1234", "123abc",
    ];

    /// <summary>The passwords; some come more than once.</summary>
    public static IEnumerable<string> All() =>
        Sentences().Concat(WithEndings()).Concat(Walks.Concat(Walks.Select(Backwards)).SelectMany(Windows)).Concat(HeldKeys())
            .Where(password => password.Length is >= Shortest and <= 4 * Longest);

    private static IEnumerable<string> Sentences() =>
    [
        .. from one in Words
           from times in Enumerable.Range(1, 6)
           select string.Concat(Enumerable.Repeat(one, times)),
        .. from one in Words
           from two in Words
           select one + two,
        .. from opening in (string[])["my", "mynew", "the", "thisismy", "thisisa", "thisisthe", "iloveyou", "ilove", "mysecret", "averylong", "averysecure", "mylong", "verystrong"]
           from one in Words
           from ending in (string[])["", "1", "123", "1234", "password", "forever"]
           select opening + one + ending,
    ];

    private static IEnumerable<string> WithEndings() =>
        from one in Words
        from times in Enumerable.Range(1, 2)
        from ending in Endings.Concat(Enumerable.Range(FirstYear, LastYear - FirstYear + 1).Select(year => $"{year}"))
        select string.Concat(Enumerable.Repeat(one, times)) + ending;

    private static IEnumerable<string> HeldKeys() =>
        from key in Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code)
        from length in Enumerable.Range(Shortest, Longest - Shortest + 1)
        select new string(key, length);

    private static IEnumerable<string> Windows(string walk)
    {
        var round = string.Concat(Enumerable.Repeat(walk, (2 * Longest / walk.Length) + 2));

        return from start in Enumerable.Range(0, walk.Length)
               from length in Enumerable.Range(Shortest, Longest - Shortest + 1)
               select round.Substring(start, length);
    }

    private static string Backwards(string text) => string.Concat(text.Reverse());
}
