"""Signed tokens and what PyPI's PyJWT says of them.

Input: a JSON object: pyjwt (the release that the answers must be of), seed, count, now (seconds since
1970), keys (objects of tenancy.token_keys' columns, bytes in hexadecimal, leeway in seconds),
organizations and members (whose ids may act), issued (tokens to be judged, and changed).
Output: a JSON array of objects: token, accepted.

The library's own verdict, and before it what tenancy.authenticate() is stricter in by intent: no
padding, unique members, times in whole seconds, no extension of the format, and an organization.
"""

import json
import random
import sys
import warnings

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.utils import base64url_decode, base64url_encode

# Secrets of HS512 shall be longer than ours are; such tokens are refused for their algorithm.
warnings.simplefilter("ignore")


class Key:
    def __init__(self, row):
        self.__dict__.update(row)
        self.verification = bytes.fromhex(row["verification_key"])
        self.signing = self.verification
        if self.algorithm == "EdDSA":
            self.signing = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(row["signing_key"]))
            self.verification = Ed25519PublicKey.from_public_bytes(self.verification)


def unique(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is there twice")
    return members


def refuse_constant(name):
    raise ValueError(name)


def strict(part):
    text = base64url_decode(part).decode("utf-8")
    members = json.loads(text, object_pairs_hook=unique, parse_constant=refuse_constant)
    json.dumps(members, ensure_ascii=False).encode("utf-8")
    return members


class Judge:
    def __init__(self, task):
        self.keys = {row["key_id"]: Key(row) for row in task["keys"]}
        self.organizations = task["organizations"]
        self.members = task["members"]

    def accepts(self, token):
        try:
            header_part, claims_part, _ = token.split(".")
            if "=" in token:
                return False
            header, claims = strict(header_part), strict(claims_part)
            if "crit" in header or "b64" in header:
                return False
            for name in ("exp", "nbf", "iat"):
                if name in claims and not (type(claims[name]) is int and 0 <= claims[name] < 2**63):
                    return False
            key = self.keys.get(header.get("kid", "default"))
            if key is None:
                return False
            claims = jwt.decode(
                token,
                key.verification,
                algorithms=[key.algorithm],
                audience=key.audience,
                issuer=key.issuer,
                leeway=key.leeway,
                options={"require": ["exp", "aud"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
            return False
        organization = claims.get(key.organization_claim)
        user = claims.get(key.user_claim, self.members[0])
        return organization in self.organizations and user in self.members


def signed(header, text, key, algorithm):
    """What the library refuses to make."""
    message = b".".join(base64url_encode(part.encode()) for part in (json.dumps(header), text))
    algorithm = jwt.get_algorithm_by_name(algorithm)
    signature = algorithm.sign(message, algorithm.prepare_key(key))
    return (message + b"." + base64url_encode(signature)).decode()


class Maker:
    """Tokens that are right, or wrong in one way or a few."""

    def __init__(self, task, rng):
        self.now = task["now"]
        self.rng = rng
        self.judge = Judge(task)

    def claims(self, key):
        rng, now = self.rng, self.now
        claims = {
            "iss": key.issuer or "anybody",
            "aud": key.audience,
            "exp": now + 3600,
            "iat": now - 5,
            "jti": str(rng.getrandbits(64)),
            key.organization_claim: rng.choice(self.judge.organizations),
        }
        if rng.random() < 0.5:
            claims[key.user_claim] = rng.choice(self.judge.members)
        # Far enough from now that the time which the test takes makes no difference.
        changes = [
            ("exp", [None, now - 4000, now - 400, now + 86400, 0, -1, 2**40, 2**63, 2**70, str(now + 3600),
                     now + 3600.5, float(now + 3600), True, [now + 3600], "never"]),
            ("nbf", [None, 0, now - 4000, now + 4000, str(now), now - 0.5, "x"]),
            ("iat", [None, 0, now - 4000, now + 4000, -5, 1e300]),
            ("aud", [None, "other", "", [], [key.audience], ["other", key.audience], ["a", "b"], [key.audience, 1],
                     {"aud": key.audience}, key.audience.upper()]),
            ("iss", [None, "other", "", [key.issuer], key.issuer]),
            (key.organization_claim, [None, "", "x", 1, "00000000-0000-0000-0000-000000000000", [1]]),
            (key.user_claim, [None, "", "ann", "00000000-0000-0000-0000-000000000000", 7]),
        ]
        for _ in range(rng.choice([0, 0, 0, 0, 0, 1, 1, 1, 2, 3])):
            name, values = rng.choice(changes)
            value = rng.choice(values)
            if value is None:
                claims.pop(name, None)
            else:
                claims[name] = value
        return claims

    def token(self):
        rng = self.rng
        key = rng.choice(list(self.judge.keys.values()))
        claims = self.claims(key)
        headers = {"kid": key.key_id}
        if key.key_id == "default" and rng.random() < 0.5:
            del headers["kid"]
        signing, algorithm, text = key.signing, key.algorithm, json.dumps(claims)
        match rng.randrange(12):
            case 0:  # another key's signature
                other = rng.choice(list(self.judge.keys.values()))
                signing, algorithm = other.signing, other.algorithm
            case 1:  # what everybody may know of a key, as the secret
                signing = bytes.fromhex(key.verification_key)
                algorithm = rng.choice(["HS256", "HS384", "HS512"])
            case 2:
                signing, algorithm = None, "none"
            case 3:
                headers.update(rng.choice([{"kid": "other"}, {"typ": "at+jwt"}, {"x": [1]}, {"alg": "hs256"}, {"crit": []},
                                           {"crit": ["x"], "x": 1}]))
            case 4:  # claims that are damaged, under a right signature
                characters = list(text)
                for _ in range(rng.randint(1, 3)):
                    at = rng.randrange(len(characters))
                    piece = rng.choice(['"', ",", "0", "{", "}", "\\", "é", " ", "-", ".", "e"])
                    characters[at : at + rng.randrange(2)] = piece
                text = "".join(characters)
            case 5:  # a member twice
                name = rng.choice(list(claims))
                text = text[:-1] + f", {json.dumps(name)}: {json.dumps(claims[name])}}}"
        if headers.keys() & {"crit", "alg"}:
            return signed({"alg": algorithm, **headers}, text, signing, algorithm)
        return jwt.PyJWS().encode(text.encode(), signing, algorithm, headers)

    def changed(self, token):
        """The token with a bit or a character other than it was, or its parts exchanged."""
        rng = self.rng
        parts = token.split(".")
        at = rng.randrange(3)
        match rng.randrange(4):
            case 0:
                raw = bytearray(base64url_decode(parts[at]))
                if raw:
                    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
                parts[at] = base64url_encode(bytes(raw)).decode()
            case 1:
                alphabet = "ABCxyz019-_=+/. \n"
                place = rng.randrange(len(parts[at]) + 1)
                parts[at] = parts[at][:place] + rng.choice(alphabet) + parts[at][place + rng.randrange(2) :]
            case 2:
                parts[at] = parts[at][: rng.randrange(len(parts[at]) + 1)]
            case 3:
                parts[at] = rng.choice(self.token().split("."))
        return ".".join(parts)


def main():
    task = json.load(sys.stdin)
    if jwt.__version__ != task["pyjwt"]:
        sys.exit(f"PyJWT is {jwt.__version__}, the release to compare with {task['pyjwt']}")
    maker = Maker(task, random.Random(task["seed"]))
    tokens = list(task["issued"])
    while len(tokens) < task["count"]:
        token = maker.token()
        tokens.append(token)
        if maker.rng.random() < 0.3:
            tokens.append(maker.changed(token))
    tokens += [maker.changed(token) for token in task["issued"] for _ in range(10)]
    json.dump([{"token": t, "accepted": maker.judge.accepts(t)} for t in tokens], sys.stdout)


main()
