using System.ComponentModel.DataAnnotations;
using System.Net.Mail;
using System.Text;

namespace HardenedService.Platform.Validation;

/// <summary>
/// A bare address that mail can be sent to: <c>local@domain</c> of at most 254 characters (RFC 5321, section 4.5.3.1.3), no display name, no
/// quoting, no space, control or invisible character, an ASCII local part. Null is accepted: <see cref="RequiredAttribute"/> says whether
/// one is needed.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class MailAddressAttribute() : ValidationAttribute("This is not an e-mail address."), ITextRule
{
    /// <inheritdoc/>
    public int MaxLength => 254;

    /// <inheritdoc/>
    public string Format => "email";

    /// <inheritdoc/>
    public override bool IsValid(object? value) =>
        value is null
            || (value is string address
                && UnicodeText.IsAcceptable(address, MaxLength, IsAcceptable)
                && MailAddress.TryCreate(address, out var parsed)
                && parsed.Address == address
                && Ascii.IsValid(parsed.User));

    private static bool IsAcceptable(Rune rune) => UnicodeText.IsVisible(rune) && !Rune.IsWhiteSpace(rune) && rune.Value != '"';
}
