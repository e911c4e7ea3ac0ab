using System.Globalization;
using System.Text;
using HardenedService.Api.Identity;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

public sealed class TotpAlgorithmTests
{
    private const long Present = 1000;

    // Of both RFCs.
    private static readonly byte[] Secret = "12345678901234567890"u8.ToArray();

    [Fact]
    public void Codes_are_those_of_RFC_4226_appendix_D() => Assert.Equal(
        ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"],
        Enumerable.Range(0, 10).Select(counter => Totp.CodeAt(Secret, counter)));

    // The appendix has eight digits: of them the last six.
    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1111111111, "050471")]
    [InlineData(1234567890, "005924")]
    [InlineData(2000000000, "279037")]
    [InlineData(20000000000, "353130")]
    public void Steps_are_those_of_RFC_6238_appendix_B(long unixSeconds, string code) => Assert.Equal(code, Totp.CodeAt(Secret, Totp.StepAt(unixSeconds)));

    [Theory]
    [InlineData("", "")]
    [InlineData("f", "MY")]
    [InlineData("fo", "MZXQ")]
    [InlineData("foo", "MZXW6")]
    [InlineData("foob", "MZXW6YQ")]
    [InlineData("fooba", "MZXW6YTB")]
    [InlineData("foobar", "MZXW6YTBOI")]
    public void Base32_is_that_of_RFC_4648_without_padding(string text, string encoded) => Assert.Equal(encoded, Base32.Encode(Encoding.ASCII.GetBytes(text)));

    [Theory]
    [Wall("C2")]
    [InlineData(-3, false)]
    [InlineData(-2, false)]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    public void A_code_belongs_to_its_step_if_that_is_the_present_one_or_a_neighbour(int stepsAway, bool belongs) =>
        Assert.Equal(belongs ? Present + stepsAway : null, Totp.StepOf(Secret, Totp.CodeAt(Secret, Present + stepsAway), Present));

    [Fact]
    public void What_is_no_code_belongs_to_no_step()
    {
        var code = Totp.CodeAt(Secret, Present);
        var arabicIndic = string.Concat(code.Select(digit => (char)(digit - '0' + '\u0660')));

        Assert.All(
            ["", code[..5], $"{code}0", $" {code}", arabicIndic, new string('0', 10_000)],
            typed => Assert.Null(Totp.StepOf(Secret, typed, Present)));
    }

    [Fact]
    public void A_secret_has_160_bits_and_is_never_the_same()
    {
        var secrets = Enumerable.Range(0, 100).Select(_ => Totp.NewSecret()).ToList();

        Assert.All(secrets, secret => Assert.Equal(160 / 8, secret.Length));
        Assert.Equal(100, secrets.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public void The_uri_escapes_what_would_end_its_parts()
    {
        var uri = new Uri(Totp.Uri("Ännchen & Co: 100 % / #1", "a+b?c&secret=x@example.org", Secret));

        Assert.Equal("otpauth", uri.Scheme);
        Assert.Equal("totp", uri.Host);
        Assert.Equal("Ännchen & Co 100 % / #1:a+b?c&secret=x@example.org", Uri.UnescapeDataString(uri.AbsolutePath[1..]));
        Assert.Empty(uri.Fragment);
        var parameters = uri.Query[1..].Split('&').Select(parameter => parameter.Split('=')).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));
        Assert.Equal(["algorithm", "digits", "issuer", "period", "secret"], parameters.Keys.Order());
        Assert.Equal("Ännchen & Co 100 % / #1", parameters["issuer"]);
        Assert.Equal("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", parameters["secret"]);
        Assert.Equal("SHA1 6 30", string.Create(CultureInfo.InvariantCulture, $"{parameters["algorithm"]} {parameters["digits"]} {parameters["period"]}"));
    }
}
