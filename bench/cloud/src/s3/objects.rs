//! Buckets and objects behind one lock: each change checks its condition and is made in the same hold of it.
//!
//! It must not do anything slow under the lock: bodies are read and digested before.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use s3s::dto::{Checksum, Metadata};
use s3s::{S3Error, S3Result, s3_error};

use super::condition::{WriteCondition, no_such_key};

/// All buckets.
#[derive(Debug, Default)]
pub(super) struct Objects(Mutex<BTreeMap<String, Bucket>>);

#[derive(Debug)]
struct Bucket {
    created: SystemTime,
    objects: BTreeMap<String, Object>,
    /// Conditional writes under way, by number.
    writes: BTreeMap<u64, WriteUnderWay>,
    next_write: u64,
}

#[derive(Debug)]
struct WriteUnderWay {
    key: String,
    deleted_meanwhile: bool,
}

/// One object. Cheap to clone but for its headers.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) body: Bytes,
    /// MD5 of the body in lower-case hexadecimal, without quotes.
    pub(super) etag: String,
    /// In whole seconds, as S3 has it.
    pub(super) last_modified: SystemTime,
    pub(super) headers: ObjectHeaders,
    pub(super) checksum: Checksum,
}

/// What the writer said of the object, given back with it.
#[derive(Clone, Debug, Default)]
pub(super) struct ObjectHeaders {
    pub(super) cache_control: Option<String>,
    pub(super) content_disposition: Option<String>,
    pub(super) content_encoding: Option<String>,
    pub(super) content_language: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) metadata: Option<Metadata>,
}

/// A conditional write that has begun: a deletion of its key before [`Write::commit`] fails it with 409.
#[derive(Debug)]
pub(super) struct Write<'a> {
    objects: &'a Objects,
    bucket: &'a str,
    key: &'a str,
    condition: WriteCondition,
    /// Its number among those under way; none where it has no condition.
    number: Option<u64>,
}

impl Objects {
    pub(super) fn create_bucket(&self, bucket: &str) -> S3Result<()> {
        let mut buckets = self.lock();
        if buckets.contains_key(bucket) {
            return Err(s3_error!(
                BucketAlreadyOwnedByYou,
                "Your previous request to create the named bucket succeeded and you already own it."
            ));
        }
        let created = Bucket { created: now(), objects: BTreeMap::new(), writes: BTreeMap::new(), next_write: 0 };
        buckets.insert(bucket.to_owned(), created);
        Ok(())
    }

    /// Removes an empty bucket.
    pub(super) fn delete_bucket(&self, bucket: &str) -> S3Result<()> {
        let mut buckets = self.lock();
        if !find(&mut buckets, bucket)?.objects.is_empty() {
            return Err(s3_error!(BucketNotEmpty, "The bucket you tried to delete is not empty"));
        }
        buckets.remove(bucket);
        Ok(())
    }

    /// Removes a bucket and all that is in it.
    pub(super) fn remove_bucket(&self, bucket: &str) {
        self.lock().remove(bucket);
    }

    pub(super) fn head_bucket(&self, bucket: &str) -> S3Result<()> {
        find(&mut self.lock(), bucket).map(|_| ())
    }

    /// Every bucket's name and the time of its creation.
    pub(super) fn buckets(&self) -> Vec<(String, SystemTime)> {
        self.lock().iter().map(|(name, bucket)| (name.clone(), bucket.created)).collect()
    }

    pub(super) fn get(&self, bucket: &str, key: &str) -> S3Result<Object> {
        find(&mut self.lock(), bucket)?.objects.get(key).cloned().ok_or_else(no_such_key)
    }

    /// Begins a write, before its body is read.
    pub(super) fn begin_write<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        condition: WriteCondition,
    ) -> S3Result<Write<'a>> {
        let mut buckets = self.lock();
        let found = find(&mut buckets, bucket)?;
        let number = condition.is_some().then(|| {
            let number = found.next_write;
            found.next_write += 1;
            found.writes.insert(number, WriteUnderWay { key: key.to_owned(), deleted_meanwhile: false });
            number
        });
        Ok(Write { objects: self, bucket, key, condition, number })
    }

    /// Removes an object. What is not there is deleted already, unless the condition asks for it.
    pub(super) fn delete(&self, bucket: &str, key: &str, condition: &WriteCondition) -> S3Result<()> {
        let mut buckets = self.lock();
        let bucket = find(&mut buckets, bucket)?;
        condition.check(bucket.objects.get(key))?;
        if bucket.objects.remove(key).is_some() {
            for write in bucket.writes.values_mut().filter(|write| write.key == key) {
                write.deleted_meanwhile = true;
            }
        }
        Ok(())
    }

    /// Looks through a bucket's objects, in the order of their keys.
    pub(super) fn look<T>(&self, bucket: &str, look: impl FnOnce(&BTreeMap<String, Object>) -> T) -> S3Result<T> {
        Ok(look(&find(&mut self.lock(), bucket)?.objects))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Bucket>> {
        // Every change is a single insertion or removal: a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write<'_> {
    /// Puts the object there if the condition holds, in one hold of the lock.
    pub(super) fn commit(self, object: Object) -> S3Result<()> {
        let mut buckets = self.objects.lock();
        let bucket = find(&mut buckets, self.bucket)?;
        let deleted_meanwhile =
            self.number.and_then(|number| bucket.writes.get(&number)).is_some_and(|write| write.deleted_meanwhile);
        let written = if deleted_meanwhile {
            Err(s3_error!(
                ConditionalRequestConflict,
                "The conditional request cannot succeed due to a conflicting operation against this resource."
            ))
        } else {
            self.condition.check(bucket.objects.get(self.key))
        };
        if written.is_ok() {
            bucket.objects.insert(self.key.to_owned(), object);
        }
        drop(buckets);
        written
    }
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        if let Some(bucket) = self.objects.lock().get_mut(self.bucket) {
            bucket.writes.remove(&number);
        }
    }
}

fn find<'a>(buckets: &'a mut BTreeMap<String, Bucket>, bucket: &str) -> Result<&'a mut Bucket, S3Error> {
    buckets.get_mut(bucket).ok_or_else(|| s3_error!(NoSuchBucket, "The specified bucket does not exist"))
}

/// The time in whole seconds.
pub(super) fn now() -> SystemTime {
    let since = UNIX_EPOCH.elapsed().unwrap_or_default();
    UNIX_EPOCH + Duration::from_secs(since.as_secs())
}

#[cfg(test)]
mod tests {
    use s3s::S3ErrorCode;
    use s3s::dto::ETagCondition;

    use super::*;

    fn object() -> Object {
        Object {
            body: Bytes::new(),
            etag: "d41d8cd98f00b204e9800998ecf8427e".to_owned(),
            last_modified: now(),
            headers: ObjectHeaders::default(),
            checksum: Checksum::default(),
        }
    }

    fn if_absent() -> WriteCondition {
        WriteCondition { if_match: None, if_absent: true }
    }

    #[test]
    fn a_deletion_during_a_conditional_write_is_a_conflict() {
        let objects = Objects::default();
        objects.create_bucket("b").unwrap();
        objects.begin_write("b", "k", WriteCondition::default()).unwrap().commit(object()).unwrap();
        let if_match = WriteCondition { if_match: Some(ETagCondition::Any), if_absent: false };
        let matching = objects.begin_write("b", "k", if_match).unwrap();
        let creating = objects.begin_write("b", "k", if_absent()).unwrap();
        let elsewhere = objects.begin_write("b", "other", if_absent()).unwrap();
        let always = objects.begin_write("b", "k", WriteCondition::default()).unwrap();
        objects.delete("b", "k", &WriteCondition::default()).unwrap();
        for write in [matching, creating] {
            assert_eq!(*write.commit(object()).unwrap_err().code(), S3ErrorCode::ConditionalRequestConflict);
        }
        elsewhere.commit(object()).unwrap();
        always.commit(object()).unwrap();
    }

    #[test]
    fn of_two_conditional_creations_the_first_to_finish_wins() {
        let objects = Objects::default();
        objects.create_bucket("b").unwrap();
        let first = objects.begin_write("b", "k", if_absent()).unwrap();
        let second = objects.begin_write("b", "k", if_absent()).unwrap();
        second.commit(object()).unwrap();
        assert_eq!(*first.commit(object()).unwrap_err().code(), S3ErrorCode::PreconditionFailed);
        assert!(objects.lock()["b"].writes.is_empty(), "no write is left under way");
    }
}
